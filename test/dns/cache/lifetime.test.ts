import { expect, test } from 'vitest';
import { living, stale } from '../../../src/dns/cache/lifetime.ts';
import type { Outcome } from '../../../src/dns/query-context.ts';
import { TYPE } from '../../../src/dns/wire/constants.ts';
import { a, cname, soa } from '../../support/toy-upstream.ts';

const outcome = (answers: Outcome['answers'], authority: Outcome['authority'] = []): Outcome => ({
  rcode: 0,
  answers,
  authority,
  verdict: 'allowed',
  reason: 'rule',
  source: 'udp',
});
const ttls = ({ outcome }: ReturnType<typeof living>) =>
  [...outcome.answers, ...outcome.authority].map((record) => record.ttl);

test.each([
  [
    'the least TTL of a set is that of all its records',
    [a('x', '192.0.2.1', 50), a('x', '192.0.2.2', 9)],
    [],
    [9, 9],
    9,
  ],
  ['another owner is another set', [cname('x', 'y', 50), a('y', '192.0.2.1', 9)], [], [50, 9], 9],
  ['none is longer than a day', [a('x', '192.0.2.1', 90_000)], [], [86_400], 86_400],
  ['absence lives for the lesser of TTL and minimum', [], [soa('x', 40, 900)], [40], 40],
  ['and no longer than the alias in front of it', [cname('x', 'y', 5)], [soa('y', 40, 900)], [5, 40], 5],
  ['nor than an hour', [], [soa('x', 90_000, 90_000)], [3600], 3600],
  ['without an SOA not at all', [cname('x', 'y', 5)], [], [5], 0],
])('%s', (_, answers, authority, expected, ttlS) => {
  const life = living(outcome(answers, authority), TYPE.A);
  expect(ttls(life)).toEqual(expected);
  expect(life.ttlS).toBe(ttlS);
});

test('what was verified once is not told as authentic when it is stale', () => {
  const verified = { ...outcome([a('x', '192.0.2.1', 50)]), authenticData: true, repeatUntil: 1 };
  const told = stale({
    outcome: verified,
    storedAt: 0,
    endsAt: 50_000,
    isNegative: false,
    partsAsked: 0,
    lastPart: 0,
    isPrefetched: false,
  });
  expect(told).toMatchObject({ answers: [{ ttl: 30 }], reason: 'stale', ede: { code: 3 } });
  expect(told).not.toHaveProperty('authenticData');
  expect(told).not.toHaveProperty('repeatUntil');
});
