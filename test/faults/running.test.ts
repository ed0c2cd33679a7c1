/** Faults that a running Sallyport goes on through. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { DEFAULT_USER, start as startOpnsense } from '../../scripts/simulators/opnsense.ts';
import { freePort } from '../../scripts/support/ports.ts';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import { sendRaw } from '../scenarios/dns-client.ts';
import { PLEX, type Product, type ProductOptions, startProduct, until } from '../scenarios/product.ts';
import { fault } from './table.ts';

const ALIAS = 'plexfw_live';
const ZONE = {
  'known.example.net': { a: ['198.51.100.1'], ttl: 60 },
  'other.example.net': { a: ['198.51.100.2'], ttl: 60 },
  'brief.example.net': { a: ['198.51.100.3'], ttl: 1 },
  'slow.example.net': { a: ['198.51.100.4'], ttl: 60, delayMs: 1_000 },
  '*.many.example.net': { a: ['198.51.100.5'], ttl: 60 },
};

let toy: ToyInternet;
let opnsense: Awaited<ReturnType<typeof startOpnsense>>;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  toy = await startToyInternet({ zone: ZONE });
});
afterAll(() => toy.close());
beforeEach(async () => {
  opnsense = await startOpnsense({ aliases: [ALIAS], switches: { loginDelayMs: 50 } });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await opnsense.close();
});

const open = (address: string) => opnsense.table(ALIAS).includes(address);

async function start(options: Partial<ProductOptions> & { readonly key?: string } = {}): Promise<Product> {
  const product = await startProduct({
    upstreamPort: toy.port,
    config: `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    grace: 1s
    headroom: 1s
    rules: [{ allow: '*.example.net', warm: false }]
firewalls:
  - name: edge
    driver: opnsense
    url: ${opnsense.url}
    key: ${options.key ?? DEFAULT_USER.key}
    secret: ${DEFAULT_USER.secret}
    alias: ${ALIAS}
    groups: [plex]
sync: { schedule: '* * * * * *' }
`,
    ...options,
  });
  closers.push(() => product.close());
  return product;
}

const untilUp = (product: Product) =>
  until('the firewall is up', 10_000, async () => (await product.status()).firewalls[0]?.state === 'up');
const untilDown = (product: Product) =>
  until('the firewall is down', 10_000, async () => (await product.status()).firewalls[0]?.state === 'down');
const untilSaid = (check: () => void) =>
  until('it is printed', 10_000, () => {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  }).finally(check);

fault('malformed-packets', async (row) => {
  const product = await start();
  const to = { server: '127.0.0.1', port: product.dnsPort, from: PLEX };
  const before = product.said();
  const header = (questions: number) => Buffer.from([0x12, 0x34, 1, 0, 0, questions, 0, 0, 0, 0, 0, 0]);
  const pointerToItself = Buffer.concat([header(1), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]);
  expect((await sendRaw(Buffer.alloc(0), to)) === 'silence').toBe(true);
  expect(await sendRaw(Buffer.from('GET / HTTP'), to)).toBe('silence');
  for (const packet of [pointerToItself, header(1), header(200)]) {
    const answer = await sendRaw(packet, to);
    if (answer === 'silence') throw new Error('no FORMERR came');
    expect([answer.readUInt16BE(0), answer.readUInt8(3) & 0x0f]).toEqual([0x1234, 1]);
  }
  for (const over of ['udp', 'tcp'] as const)
    expect((await product.ask('known.example.net', { over })).addresses).toEqual(['198.51.100.1']);
  expect(product.said().slice(before.length)).not.toMatch(/error|warn|FORMERR/i);
  expect((await product.status()).planes.every(({ restarts }) => restarts === 0)).toBe(true);
  expect(row.exitCode).toBeUndefined();
});

fault('firewall-unreachable', async (row) => {
  const product = await start();
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  await opnsense.close();
  await untilDown(product);
  await untilSaid(() => row.expectPrinted(product.said()));
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  const fresh = await product.ask('other.example.net');
  expect(fresh.addresses).toEqual(['198.51.100.2']);
  expect(fresh.tookMs).toBeLessThan(1_000);
  const status = await product.status();
  expect(status.sentences[0]).toContain('addresses are NOT enforced: no answer from firewall edge');
  expect(Date.parse(status.firewalls[0]?.retryAt ?? '') - Date.now()).toBeLessThan(60_000);
  await until('it is counted', 3_000, async () => (await product.status()).counters.toldUnconfirmed > 0);
});

fault('firewall-wrong-key', async (row) => {
  const product = await start({ key: 'not-the-key-1234567890' });
  await untilDown(product);
  await untilSaid(() => row.expectPrinted(product.said()));
  await until(
    'it says that it stopped',
    10_000,
    async () =>
      (await product.status()).firewalls[0]?.sentence.includes('not tried again for 5 min') === true,
  );
  expect(product.said()).not.toContain('not-the-key-1234567890');
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
});

fault('disk-full', async (row) => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-fault-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const data = join(directory, 'data');
  const product = await start({ directory, prefix: onSmallDisk(data) });
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  expect((await product.ask('brief.example.net')).addresses).toEqual(['198.51.100.3']);

  const filler = join(`/proc/${product.process.pid}/root`, data, 'filler');
  await fill(filler);
  // What was set aside for the write-ahead log before is used up first.
  let asked = 0;
  await until('a write has failed', 20_000, async () => {
    asked += 1;
    await product.ask(`name-${asked}.many.example.net`);
    return (await product.status()).warnings.length > 0;
  });
  await untilSaid(() => row.expectPrinted(product.said()));
  expect((await product.status()).warnings[0]).toMatch(
    /No space left to write .*: new addresses are not opened until it takes writes again$/,
  );
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  await product.ask('other.example.net');
  expect(open('198.51.100.2')).toBe(false);
  expect((await product.status()).planes.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
  await expect(
    product.api('POST', '/api/v1/rules', { group: 'plex', allow: 'new.example.org' }),
  ).rejects.toThrow(/507 .*storage-full/);

  await rm(filler);
  await until('it writes again', 15_000, async () => (await product.status()).warnings.length === 0);
  await until('new addresses are opened', 10_000, async () => {
    await product.ask('other.example.net');
    return open('198.51.100.2');
  });
  await until('what ended meanwhile is closed', 20_000, () => !open('198.51.100.3'));
  expect(open('198.51.100.1')).toBe(true);
  expect((await product.status()).planes.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
});

fault('dns-port-taken', async (row) => {
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  closers.push(async () => taken.close());
  const { port } = taken.address();
  const product = await start({ env: { SALLYPORT_DNS_LISTEN: `127.0.0.1:${port}` } });
  await untilSaid(() => row.expectPrinted(product.said()));
  expect(product.said()).toContain(`(pid ${process.pid}) answers on 127.0.0.1:${port}`);
  const udp = (await product.status()).listeners.find(({ protocol }) => protocol === 'udp');
  expect(udp?.error?.remedy).toContain(`(pid ${process.pid})`);
  expect(await product.cli('status')).toContain(`(pid ${process.pid}) answers on 127.0.0.1:${port}`);
});

fault('page-port-taken', async (row) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  closers.push(async () => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // A second page, so that this test can see when it is up.
  const webPort = await freePort();
  const product = await start({
    webPort,
    env: { SALLYPORT_WEB_LISTEN: `127.0.0.1:${port},127.0.0.1:${webPort}` },
  });
  await untilSaid(() => row.expectPrinted(product.said()));
  expect(product.said()).toContain(`(pid ${process.pid}) listens on 127.0.0.1:${port}`);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  expect(await product.cli('status')).toContain('plex: ');
});

fault('control-thread-crash', async (row) => {
  const product = await startCrashable('control');
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  const answered = await crashAndAsk(product, 'control');
  expect(awayMs(product)).toBeLessThan(BACK_MS);
  row.expectPrinted(product.said());
  expect(answered).toBeGreaterThan(3);
  expect(open('198.51.100.1')).toBe(true);
  const leases = await product.api<{ items: { address: string }[] }>('GET', '/api/v1/leases');
  expect(leases.items.map(({ address }) => address)).toContain('198.51.100.1');
  await untilUp(product);
  expect((await product.ask('other.example.net')).addresses).toEqual(['198.51.100.2']);
  expect(open('198.51.100.2')).toBe(true);
});

fault('data-thread-crash', async (row) => {
  const product = await startCrashable('data');
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  process.kill(product.process.pid, 'SIGUSR2');
  await until('it is running again', 10_000, async () => (await restartsOf(product, 'data')) === 1);
  expect(awayMs(product)).toBeLessThan(1_000);
  row.expectPrinted(product.said());
  await until('names are answered again', 5_000, async () => {
    const told = await product.ask('known.example.net', { timeoutMs: 250 }).catch(() => undefined);
    return told?.addresses[0] === '198.51.100.1';
  });
  expect(open('198.51.100.1')).toBe(true);
  expect((await product.status()).counters.toldUnconfirmed).toBe(0);
});

fault('log-thread-crash', async (row) => {
  const product = await startCrashable('log');
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  await crashAndAsk(product, 'log');
  expect(awayMs(product)).toBeLessThan(BACK_MS);
  row.expectPrinted(product.said());
  await until('lines are written again', 10_000, async () => {
    await product.ask('other.example.net');
    const page = await product.api<{ items: { name: string }[] }>(
      'GET',
      '/api/v1/queries?name=other.example.net',
    );
    return page.items.length > 0;
  });
});

fault('stop', async (row) => {
  const product = await start();
  await untilUp(product);
  expect((await product.ask('known.example.net')).addresses).toEqual(['198.51.100.1']);
  const underWay = product.ask('slow.example.net');
  await until('the question is under way', 2_000, () => toy.counts()['slow.example.net'] === 1);
  const ended = product.process.stop('SIGTERM');
  expect((await underWay).addresses).toEqual(['198.51.100.4']);
  expect(await ended).toBe(row.exitCode);
  row.expectPrinted(product.said());
  expect(open('198.51.100.1')).toBe(true);
});

const startCrashable = (plane: string) =>
  start({ main: 'test/faults/crashable-sallyport.ts', env: { CRASH_PLANE: plane } });

async function restartsOf(product: Product, name: string): Promise<number | undefined> {
  const plane = (await product.status()).planes.find((one) => one.name === name);
  return plane?.state === 'running' ? plane.restarts : undefined;
}

/** Crashes a thread, and asks for a known name until it runs again; how often it was answered meanwhile: every time. */
async function crashAndAsk(product: Product, plane: string): Promise<number> {
  process.kill(product.process.pid, 'SIGUSR2');
  let answered = 0;
  await until(`the ${plane} thread runs again`, 15_000, async () => {
    const told = await product.ask('known.example.net', { timeoutMs: 500 });
    expect(told.addresses).toEqual(['198.51.100.1']);
    answered += 1;
    // Nobody answers the API while the control thread is away.
    return (await restartsOf(product, plane).catch(() => undefined)) === 1;
  });
  return answered;
}

/** A second on a machine of its own; the API takes its time to load where everything else loads too. */
const BACK_MS = 3_000;

/** How long a thread was away, as the supervisor says. */
function awayMs(product: Product): number {
  return Number(/"awayMs":(\d+),"msg":"a thread runs again"/.exec(product.said())?.[1]);
}

/** A mount of its own for the data directory, which goes with the process. */
function onSmallDisk(directory: string): readonly string[] {
  const script = `mkdir -p "$0"; mount -t tmpfs -o size=${DISK_BYTES},mode=0700 tmpfs "$0"; exec "$@"`;
  return ['unshare', '--mount', '--propagation=private', 'sh', '-euc', script, directory];
}

const DISK_BYTES = 4 * 1_048_576;

async function fill(path: string): Promise<void> {
  for (let size = DISK_BYTES; size >= 4_096; size = Math.floor(size / 2)) {
    await writeFile(path, Buffer.alloc(size), { flag: 'a' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
  }
}
