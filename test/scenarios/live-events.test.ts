/** Live events out of the whole product: what clients ask is shown as they ask, and a reader who takes nothing costs no client anything. */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { start as startToyInternet, type ToyInternet } from '../../scripts/toy-internet.ts';
import type { QueryBatch } from '../../src/api/contract/events.ts';
import { type Reading, readEvents } from '../api/event-reader.ts';
import { PATIENCE_MS, PLEX, type Product, startProduct, TOKEN, until } from './product.ts';

let toy: ToyInternet;
let product: Product;
const readings: Reading[] = [];

beforeAll(async () => {
  toy = await startToyInternet({ zone: { 'art.example.net': { a: ['198.51.100.1'], ttl: 60 } } });
  product = await startProduct({
    upstreamPort: toy.port,
    config: `
groups:
  - name: plex
    clients: [${PLEX}]
    mode: enforce
    rules:
      - { allow: .example.net }
`,
  });
});
// One user has ten streams at most, and the server hears of an end a moment later.
afterEach(() => {
  for (const one of readings.splice(0)) one.close();
});
afterAll(async () => {
  await product.close();
  await toy.close();
});

async function read(query: string): Promise<Reading> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const reading = await readEvents(`http://127.0.0.1:${product.webPort}`, { query, headers });
  readings.push(reading);
  expect(reading.status).toBe(200);
  return reading;
}
const names = (reading: Reading) =>
  reading
    .events()
    .flatMap(({ event, data }) => (event === 'query.batch' ? (data as QueryBatch).items : []))
    .map(({ name, verdict }) => `${name} ${verdict}`);

test('a query and a refusal are shown, with the ids of the log', async () => {
  const reading = await read('?topics=query,denied');
  await product.ask('art.example.net');
  await product.ask('elsewhere.example.org');
  await until('both are shown', PATIENCE_MS, () => names(reading).length === 2);
  expect(names(reading)).toEqual(['art.example.net allowed', 'elsewhere.example.org denied']);
  await until('the refused name is shown', PATIENCE_MS, () =>
    reading.events().some(({ event }) => event === 'denied.batch'),
  );

  const live = reading
    .events()
    .flatMap(({ event, data }) => (event === 'query.batch' ? (data as QueryBatch).items : []));
  const logged = await product.api<{ items: { id: number }[] }>('GET', '/api/v1/queries');
  expect(live.map(({ id }) => id).toSorted()).toEqual(logged.items.map(({ id }) => id).toSorted());
});

test('while readers take nothing, every client is answered and the memory stays', async () => {
  const stalled = await Promise.all(Array.from({ length: 8 }, () => read('')));
  for (const one of stalled) one.pause();
  const ask = async (rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      const told = await Promise.all(Array.from({ length: 50 }, () => product.ask('art.example.net')));
      expect(told.map(({ rcode }) => rcode)).toEqual(Array(50).fill('NOERROR'));
      await Promise.all(Array.from({ length: 50 }, (_, n) => product.ask(`n${i}-${n}.example.org`)));
    }
  };
  await ask(20);
  const before = await residentMb();
  await ask(40);
  expect((await residentMb()) - before).toBeLessThan(60);
  expect((await product.status()).counters.droppedLogLines).toBe(0);
});

test('the log thread goes on showing after the control plane’s reader was replaced', async () => {
  const reading = await read('?topics=query');
  reading.close();
  const again = await read('?topics=query');
  // Of what the story before asked, lines may still be on their way: of too many in one moment only the number is shown.
  await until('it is shown', PATIENCE_MS, async () => {
    await product.ask('art.example.net');
    return names(again).includes('art.example.net allowed');
  });
});

async function residentMb(): Promise<number> {
  const status = await readFile(`/proc/${product.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
