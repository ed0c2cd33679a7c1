/** The whole process, with TLS of its own, while a host holds connections by the thousand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import dnsPacket from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dir: string;
let child: ChildProcess;
let output = '';
let pagePort: number;
let dnsPort: number;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-process-'));
  child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SALLYPORT_DATA_DIR: join(dir, 'data'),
      SALLYPORT_DNS_LISTEN: '127.0.0.1:0',
      SALLYPORT_WEB_LISTEN: '127.0.0.1:0',
      SALLYPORT_UPSTREAMS: '192.0.2.53',
      SALLYPORT_TLS: 'self-signed',
      SALLYPORT_ADMIN_PASSWORD: 'correct horse battery',
    },
  });
  const found = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(output)));
    child.stderr?.on('data', () => {
      if (output.includes('Next:')) resolve();
    });
  });
  pagePort = found(/page {2}https:\/\/127\.0\.0\.1:(\d+)/);
  dnsPort = found(/DNS {3}udp 127\.0\.0\.1:(\d+)/);
}, 60_000);
afterAll(async () => {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  rmSync(dir, { recursive: true });
});

/** The fingerprint the page shows. */
const pageFrom = (localAddress: string): Promise<{ status: number | undefined; fingerprint: string }> =>
  new Promise((resolve, reject) => {
    const ca = readFileSync(join(dir, 'data/tls/cert.pem'));
    const asked = get(
      { port: pagePort, host: '127.0.0.1', localAddress, path: '/healthz', agent: false, ca },
      (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
        response.resume();
        resolve({ status: response.statusCode, fingerprint: fingerprint256 });
      },
    );
    asked.on('error', reject);
  });

async function askName(name: string): Promise<dnsPacket.Packet> {
  const socket = createSocket('udp4');
  const answered = once(socket, 'message');
  const question: dnsPacket.Packet = { type: 'query', id: 7, flags: 256, questions: [{ type: 'A', name }] };
  socket.send(dnsPacket.encode(question), dnsPort, '127.0.0.1');
  const [message] = (await answered) as [Buffer];
  socket.close();
  return dnsPacket.decode(message);
}

test('the page comes up with the certificate whose fingerprint the start has shown', async () => {
  const { status, fingerprint } = await pageFrom('127.0.0.1');
  expect(status).toBe(200);
  expect(output).toContain(fingerprint);
});

test('two thousand connections that never speak keep neither the page nor names from others', async () => {
  const sockets: Socket[] = [];
  for (let host = 2; host < 12; host++) {
    const opened = Array.from({ length: 200 }, () =>
      connect({ port: pagePort, host: '127.0.0.1', localAddress: `127.0.0.${host}` }),
    );
    for (const socket of opened) socket.on('error', () => {});
    await Promise.all(opened.map((socket) => once(socket, 'connect')));
    sockets.push(...opened);
  }
  expect((await pageFrom('127.0.0.1')).status).toBe(200);
  expect((await askName('localhost')).answers).toMatchObject([{ type: 'A', data: '127.0.0.1' }]);
  for (const socket of sockets) socket.destroy();
});

test('no secret is in the output', () => {
  expect(output).not.toContain('correct horse');
  expect(output).not.toContain('PRIVATE KEY');
  expect(output).not.toContain(readFileSync(join(dir, 'data/api-token'), 'utf8').trim());
});
