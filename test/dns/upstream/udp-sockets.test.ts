import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { udpSockets } from '../../../src/dns/upstream/udp-sockets.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/settle.ts';

/** A server that sends back what it gets, and the sockets that ask it. */
async function start(address = '127.0.0.1') {
  const clock = manualClock();
  const ports: number[] = [];
  const froms = new Set<string>();
  const echo = createSocket('udp4').bind(0, address);
  await once(echo, 'listening');
  echo.on('message', (message, from) => {
    ports.push(from.port);
    froms.add(from.address);
    echo.send(message, from.port, from.address);
  });
  const server = { address: parseIpAddress(address), port: echo.address().port };
  const sockets = udpSockets({ server, clock, onStray: () => undefined });
  onTestFinished(() => {
    sockets.close();
    echo.close();
  });
  const ids: number[] = [];
  /** Asks, and lets go once it is answered. */
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const way = sockets.send({
        write(id) {
          ids.push(id);
          return Buffer.from([id >> 8, id & 0xff]);
        },
        onMessage() {
          way.release();
          resolve();
        },
        onError: reject,
      });
    });
  return { clock, ports, froms, ids, sockets, ask };
}

test('at home every question leaves from a port of its own', async () => {
  const { ports, ask } = await start();
  for (let i = 0; i < 100; i++) await ask();
  expect(new Set(ports).size).toBe(100);
});

test('a question leaves from an address of ours, not from that of the server', async () => {
  const { froms, ask } = await start('127.0.0.2');
  await ask();
  expect([...froms]).toEqual(['127.0.0.1']);
});

test('a network that refuses at once fails the question, and nothing else', async () => {
  // A broadcast address may not be connected to: the kernel says so before anything is sent.
  const server = { address: parseIpAddress('255.255.255.255'), port: 53 };
  const sockets = udpSockets({ server, clock: manualClock(), onStray: () => undefined });
  onTestFinished(() => sockets.close());
  const refused = new Promise<Error>((resolve) => {
    sockets.send({ write: () => Buffer.alloc(12), onMessage: () => undefined, onError: resolve });
  });
  expect((await refused).message).toMatch(/EACCES|ENETUNREACH/);
});

test('under load 128 ports are open, taken by chance, and none for more than 64 questions', async () => {
  const { ports, ask } = await start();
  for (let i = 0; i < 60; i++) await Promise.all(Array.from({ length: 64 }, ask));
  const uses = new Map<number, number>();
  for (const port of ports) uses.set(port, (uses.get(port) ?? 0) + 1);
  expect(uses.size).toBeGreaterThanOrEqual(128);
  expect(Math.max(...uses.values())).toBeLessThanOrEqual(64);
  // By chance: were they taken in turns, all would have been used equally often.
  expect(new Set(uses.values()).size).toBeGreaterThan(4);
});

test('a port is left after ten seconds', async () => {
  const { clock, ports, ask } = await start();
  for (let i = 0; i < 128; i++) await ask();
  clock.advance(10_000);
  const before = new Set(ports.splice(0));
  for (let i = 0; i < 100; i++) await ask();
  expect(new Set(ports).size).toBe(100);
  expect(ports.filter((port) => before.has(port)).length).toBeLessThan(10);
});

test('ids are as good as random', async () => {
  const { ids, ask } = await start();
  for (let i = 0; i < 256; i++) await ask();
  expect(new Set(ids).size).toBeGreaterThan(240);
  expect(new Set(ids.map((id) => id >> 8)).size).toBeGreaterThan(100);
});

test('questions under way end when the sockets are closed', async () => {
  const { sockets } = await start();
  const errors: Error[] = [];
  sockets.send({
    write: () => Buffer.of(0),
    onMessage: () => undefined,
    onError: (cause) => errors.push(cause),
  });
  sockets.close();
  await until('the error came', () => errors.length === 1);
  expect(errors[0]?.message).toBe('closed');
});
