/** Plex's own resolver is the strictest client we have; its habits decide how a refusal has to look. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { muslLookup } from '../../scripts/plex-boot/musl-resolver.ts';
import { BOOT, bootLikePlex } from '../../scripts/plex-boot.ts';
import { start, type ToyInternet } from '../../scripts/toy-internet.ts';

let toy: ToyInternet;
beforeAll(async () => {
  toy = await start({
    zone: {
      'both.example.net': { a: ['192.0.2.1'], aaaa: ['2001:db8::1'] },
      'v4only.example.net': { cname: 'both4.example.net' },
      'both4.example.net': { a: ['192.0.2.1', '192.0.2.2'] },
      'refused.example.net': { outcome: 'refused' },
      'servfail.example.net': { outcome: 'servfail' },
      'silent.example.net': { outcome: 'silent' },
      'empty.example.net': {},
      'large.example.net': { a: Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`) },
    },
  });
});
afterAll(() => toy.close());

const look = (name: string) => muslLookup(name, { address: '127.0.0.1', port: toy.port, timeoutMs: 400 });

test('A and AAAA are asked together, once each', async () => {
  expect(await look('both.example.net')).toMatchObject({
    result: 'found',
    addresses: ['192.0.2.1', '2001:db8::1'],
    packets: 2,
  });
  expect(toy.counts()['both.example.net']).toBe(2);
});

test('a name without AAAA is found through its chain, as long as AAAA is NODATA', async () => {
  const found = await look('v4only.example.net');
  expect(found).toMatchObject({ result: 'found', addresses: ['192.0.2.1', '192.0.2.2'] });
});

test('NXDOMAIN is believed at once', async () => {
  expect(await look('absent.example.net')).toMatchObject({ result: 'no such name', packets: 2 });
});

test('REFUSED is ignored until the time is up: the stall that a refusal must not cause', async () => {
  const lookup = await look('refused.example.net');
  expect(lookup).toMatchObject({ result: 'try again', packets: 4 });
  expect(lookup.tookMs).toBeGreaterThanOrEqual(390);
});

test('SERVFAIL is asked again at once, four times a round, and then stalls', async () => {
  expect(await look('servfail.example.net')).toMatchObject({ result: 'try again', packets: 2 * (2 + 4) });
});

test('silence is two rounds', async () => {
  expect(await look('silent.example.net')).toMatchObject({ result: 'try again', packets: 4 });
});

test('no address at all is not the same as no such name', async () => {
  expect(await look('empty.example.net')).toMatchObject({ result: 'no address' });
});

test('a truncated answer is not asked again over TCP', async () => {
  expect(await look('large.example.net')).toMatchObject({ result: 'no address', packets: 2 });
});

test('the boot goes through its steps in order', async () => {
  const world = await start();
  try {
    const seen: string[] = [];
    const results = await bootLikePlex({ address: '127.0.0.1', port: world.port }, (r) =>
      seen.push(r.step.name),
    );
    expect(seen).toEqual(BOOT.map((step) => step.name));
    expect(results.every((r) => r.result === 'found' && r.packets === 2)).toBe(true);
  } finally {
    await world.close();
  }
});
