import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import { type CacheKey, createAnswerStore } from '../../../src/dns/cache/answer-store.ts';
import type { Living } from '../../../src/dns/cache/lifetime.ts';
import { RCODE } from '../../../src/dns/wire/constants.ts';
import { txtRecord } from '../../../src/dns/wire/records.ts';
import { a, soa } from '../../support/toy-upstream.ts';

const MEBIBYTE = 2 ** 20;

const key = (text: string, type = 1): CacheKey => {
  const name = parseDomainName(text);
  return { name, own: `1 0 ${type} ${name}`, absence: `1 0 * ${name}` };
};
const answer = (...answers: Living['outcome']['answers']): Living => ({
  outcome: {
    rcode: RCODE.NOERROR,
    answers,
    authority: [],
    verdict: 'allowed',
    reason: 'rule',
    source: 'udp',
  },
  ttlS: 60,
  isNegative: answers.length === 0,
});
const absent = (): Living => {
  const { outcome } = answer();
  return {
    outcome: { ...outcome, rcode: RCODE.NXDOMAIN, authority: [soa('example.org')] },
    ttlS: 60,
    isNegative: true,
  };
};
const text = (octets: number) =>
  answer(
    txtRecord(parseDomainName('x.example.org'), 60, Array(Math.ceil(octets / 255)).fill('x'.repeat(255))),
  );

test('what was asked longest ago makes room', () => {
  const store = createAnswerStore(MEBIBYTE);
  for (let i = 0; i < 2000; i++) {
    store.keep(key(`n${i}.example.org`), answer(a('x.example.org', '192.0.2.1')), 0);
    store.find(key('n0.example.org'), 0);
  }
  const { entries, octets, evictions } = store.statistics();
  expect(octets).toBeLessThanOrEqual(MEBIBYTE);
  expect(entries).toBeGreaterThan(500);
  expect(evictions).toBe(2000 - entries);
  expect(store.find(key('n0.example.org'), 0)).toBeDefined();
  expect(store.find(key('n1.example.org'), 0)).toBeUndefined();
});

test('an answer that is too large pushes nothing out, but ends what was known of its name', () => {
  const store = createAnswerStore(MEBIBYTE);
  for (let i = 0; i < 20; i++) store.keep(key(`n${i}.example.org`), text(10_000), 0);
  store.keep(key('n0.example.org'), text(60_000), 0);
  expect(store.statistics()).toMatchObject({ entries: 19, evictions: 0 });
  expect(store.find(key('n0.example.org'), 0)).toBeUndefined();
});

test('a record is kept without the packet it came in', () => {
  const store = createAnswerStore(MEBIBYTE);
  const packet = Buffer.alloc(65_535, 1);
  const record = { ...a('example.org', '192.0.2.1'), rdata: packet.subarray(100, 104) };
  store.keep(key('example.org'), answer(record), 0);
  const kept = store.find(key('example.org'), 0)?.outcome.answers[0]?.rdata;
  expect(kept).toEqual(record.rdata);
  expect(kept?.buffer.byteLength).toBe(4);
});

describe('of the answer to a type and "no such name"', () => {
  test('the newer word counts', () => {
    const store = createAnswerStore(MEBIBYTE);
    const [one, other] = [key('example.org', 1), key('example.org', 28)];
    store.keep(one, answer(a('example.org', '192.0.2.1')), 0);
    store.keep(other, absent(), 30_000);
    // The address was promised for 60 s; then the name is gone.
    expect(store.find(one, 59_999)?.isNegative).toBe(false);
    expect(store.find(one, 60_000)?.isNegative).toBe(true);
    expect(store.find(one, 200_000)?.isNegative).toBe(true);
    store.keep(one, answer(a('example.org', '192.0.2.1')), 200_000);
    expect(store.find(other, 200_000)).toBeUndefined();
  });
});

test('its counts are those of its entries, whatever is kept, found and flushed', () => {
  const names = ['a.example.org', 'b.example.org', 'c.example.org'];
  const act = fc.record({
    name: fc.constantFrom(...names),
    type: fc.constantFrom(1, 28),
    does: fc.constantFrom('address', 'absent', 'nodata', 'huge', 'drop', 'flush'),
  });
  fc.assert(
    fc.property(fc.array(act), (acts) => {
      const store = createAnswerStore(MEBIBYTE);
      for (const { name, type, does } of acts) {
        if (does === 'address') store.keep(key(name, type), answer(a(name, '192.0.2.1')), 0);
        if (does === 'absent') store.keep(key(name, type), absent(), 0);
        if (does === 'nodata') store.keep(key(name, type), answer(), 0);
        if (does === 'huge') store.keep(key(name, type), text(60_000), 0);
        if (does === 'drop') store.drop(key(name, type));
        if (does === 'flush') store.flush(parseDomainName(name));
      }
      const found = new Set(names.flatMap((name) => [1, 28].map((type) => store.find(key(name, type), 0))));
      found.delete(undefined);
      expect(store.statistics()).toMatchObject({
        entries: found.size,
        negative: [...found].filter((one) => one?.isNegative).length,
      });
      store.flush(undefined);
      expect(store.statistics()).toMatchObject({ entries: 0, negative: 0, octets: 0, evictions: 0 });
    }),
  );
});
