/** Real sockets that are slow, idle, or very many. */
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createLimits } from '../../src/api/access/limits.ts';
import type { Api, ApiDeps } from '../../src/api/server.ts';
import { standing, worlds } from './stage.ts';

const stage = worlds();
/** Milliseconds; what a phone gets is fifty times that. */
const QUICK = { requestMs: 600, headersMs: 200, lookEveryMs: 50 };

let app: Api;
let port: number;
let lines: readonly unknown[];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

async function listen(change: Partial<ApiDeps> = {}): Promise<void> {
  const made = await standing(stage.world, change);
  app = made.app;
  lines = made.lines;
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
}

/** Every address of 127.0.0.0/8 is a client of its own. */
async function open(localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Connections that were answered once and stay open. They get the time a phone gets: opening very many is slow here too. */
async function hold(count: number, localAddress: string): Promise<readonly Socket[]> {
  const held = await Promise.all(Array.from({ length: count }, () => open(localAddress)));
  for (const socket of held) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const answers = await Promise.all(held.map((socket) => once(socket, 'data')));
  for (const [answer] of answers) expect(String(answer)).toMatch(/^HTTP\/1\.1 200/);
  return held;
}

/** However it ends: `once` would take a broken pipe for a failure. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

const statusFor = (localAddress: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = get(
      { port, host: '127.0.0.1', localAddress, path: '/healthz', agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asked.on('error', reject);
  });

test.each([
  ['says nothing', ''],
  ['never ends its headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n'],
  [
    'never sends its body',
    'POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  ],
])('a client that %s is sent away', async (_what, text) => {
  await listen({ timeouts: QUICK });
  const socket = await open();
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    answer += part;
  });
  socket.write(text);
  await closed(socket);
  if (text !== '') expect(answer).toMatch(/^HTTP\/1\.1 408/);
});

test('drop by drop does not help: the whole has to be there in time', async () => {
  await listen({ timeouts: QUICK });
  const socket = await open();
  socket.write(
    'POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
  );
  const drops = setInterval(() => socket.write(' '), 20);
  await closed(socket);
  clearInterval(drops);
});

test('one client gets 200 connections and no more; the others are not concerned, and it is in the log', async () => {
  await listen();
  const held = await hold(200, '127.0.0.7');
  const extra = await open('127.0.0.7');
  await closed(extra);
  expect(lines).toContainEqual(expect.objectContaining({ code: 'too-many-connections', from: '127.0.0.7' }));
  expect(await statusFor('127.0.0.1')).toBe(200);

  const [first] = held;
  first?.destroy();
  await expect.poll(() => statusFor('127.0.0.7').catch(() => 'refused')).toBe(200);
});

test('whoever connects to two of our listeners gets no more than at one', async () => {
  const limits = createLimits(stage.world.clock);
  await listen({ limits });
  await hold(150, '127.0.0.8');
  const { app: second } = await standing(stage.world, { limits });
  try {
    await second.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = second.server.address() as AddressInfo);
    await hold(50, '127.0.0.8');
    await closed(await open('127.0.0.8'));
    expect(await statusFor('127.0.0.9')).toBe(200);
  } finally {
    await second.close();
  }
});

test('two thousand idle connections from twenty hosts keep nobody else out', async () => {
  await listen();
  for (let host = 2; host < 22; host++) await hold(100, `127.0.0.${host}`);
  expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(2000);
  expect(await statusFor('127.0.0.1')).toBe(200);
});
