/** `npm start -- --lan 192.0.2.20`, in a network of its own that has this address: port 53, the page, the set-up link. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchSallyport, type SallyportProcess, untilUp } from '../../scripts/support/sallyport-process.ts';
import { fault } from './table.ts';

const LAN = '192.0.2.20';
const NOBODY = 65_534;

let directory: string;
/** A process that does nothing but keep the network there. */
let network: ChildProcess;
let sallyport: SallyportProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-lan-'));
  const script = `ip link set lo up; ip address add ${LAN}/24 dev lo; echo ready; exec cat`;
  network = spawn('unshare', ['--net', 'sh', '-euc', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(network.stdout as Readable, 'data');
});
afterEach(async () => {
  await sallyport.stop('SIGKILL');
  network.stdin?.end();
  await once(network, 'exit');
  await rm(directory, { recursive: true, force: true });
});

const inside = () => ['nsenter', '--target', String(network.pid), '--net'];
const said = () => sallyport.output.join('\n');

/** Up when it has said what to do next and the page answers. */
async function startOnLan(become: readonly string[] = []): Promise<void> {
  sallyport = launchSallyport({
    env: { SALLYPORT_DATA_DIR: join(directory, 'data') },
    prefix: [...inside(), ...become],
    args: ['--lan', LAN],
  });
  await untilUp(
    sallyport,
    async () => sallyport.output.includes('Next:') && (await curl('/')).status === 200,
  );
}

/** Runs a program in the same network. */
function beside(...command: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...inside(), ...command];
  return new Promise((resolve, reject) => {
    execFile(program, args, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}

async function curl(path: string, ...args: readonly string[]): Promise<{ status: number; body: string }> {
  const output = await beside('curl', '-s', '-w', '\n%{http_code}', ...args, `http://${LAN}:8080${path}`);
  const end = output.lastIndexOf('\n');
  return { status: Number(output.slice(end)), body: output.slice(0, end) };
}

test('it binds DNS on port 53 there and the page on 8080, behind the set-up link', async () => {
  await startOnLan();
  for (const protocol of ['udp', 'tcp']) expect(said()).toContain(`DNS   ${protocol} ${LAN}:53`);
  expect(said()).toContain(`page  http://${LAN}:8080/`);
  const token = /http:\/\/192\.0\.2\.20:8080\/setup\?token=(\S+)/.exec(said())?.[1] ?? '';

  // Nobody is in a group but loopback: this client is a new host, and refused.
  expect(await beside('dig', `@${LAN}`, 'example.org')).toContain('status: REFUSED');
  expect(await beside('dig', '+tcp', `@${LAN}`, 'example.org')).toContain('status: REFUSED');
  expect(await curl('/api/v1/status')).toMatchObject({
    status: 403,
    body: expect.stringContaining('setup-needed'),
  });

  const setUp = (given: string) =>
    curl(
      '/api/v1/setup',
      ...['-H', `Origin: http://${LAN}:8080`, '-H', 'Content-Type: application/json'],
      ...['-d', JSON.stringify({ token: given, password: 'a password of the owner' })],
    );
  expect((await setUp('a-guess')).status).toBe(403);
  expect((await setUp(token)).status).toBe(200);
  expect((await setUp(token)).status).toBeGreaterThanOrEqual(400);
});

test('when somebody else has port 53 there, the page stays up and says who', async () => {
  const bind = `require('node:dgram').createSocket('udp4').bind(53, '${LAN}', () => console.log('bound'))`;
  const [program = '', ...args] = [...inside(), process.execPath, '-e', bind];
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    await startOnLan();
    expect(said()).toMatch(/udp 192\.0\.2\.20:53 is NOT answered: EADDRINUSE/);
    expect(said()).toContain(`(pid ${holder.pid}) answers on 192.0.2.20:53`);
    expect((await curl('/')).status).toBe(200);
  } finally {
    holder.kill();
  }
});

fault('port-forbidden', async (row) => {
  const data = join(directory, 'data');
  await chmod(directory, 0o755);
  await mkdir(data, { mode: 0o700 });
  await chown(data, NOBODY, NOBODY);
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  await startOnLan(['setpriv', ...ids, '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']);
  row.expectPrinted(said());
  expect(said()).toContain(`http://${LAN}:8080/setup?token=`);
  expect((await curl('/')).status).toBe(200);
  expect((await curl('/api/v1/status')).status).toBe(403);
  expect((await curl('/healthz')).status).toBe(503);
});
