/** Names that lead to more addresses than they may have open, through both planes. */
import { describe, expect, test } from 'vitest';
import { updateGroup } from '../../src/store/groups.ts';
import { until } from '../support/settle.ts';
import { a } from '../support/toy-upstream.ts';
import { house } from './house.ts';

const TTL_S = 60;
const STICKY = 16;
const ip = (n: number) => `198.51.${100 + (n >> 8)}.${n & 255}`;

/** Which of its addresses the name leads to at the n-th answer. */
const rotations: Record<string, { readonly answers: number; readonly at: (n: number) => readonly number[] }> =
  {
    'forty addresses, any eight an answer': {
      answers: 1000,
      at: (n) => Array.from({ length: 8 }, (_, i) => (n * 7 + i * 5 + ((n * n) % 11)) % 40),
    },
    'five times eight that have nothing in common': {
      answers: 200,
      at: (n) => Array.from({ length: 8 }, (_, i) => (n % 5) * 8 + i),
    },
    'eight that never come again': {
      answers: 200,
      at: (n) => Array.from({ length: 8 }, (_, i) => n * 8 + i),
    },
  };

describe.each(Object.entries(rotations))('a name with %s', (_, { answers, at }) => {
  test('never has more than sixteen open, and a strict client is told what is in the table', async () => {
    const made = await house({ allowed: ['cdn.example'], group: { onHoldLimit: 'servfail' } });
    const { upstream, answer, table, leases, clock, pass } = made;
    let most = 0;
    let told = 0;
    for (let n = 0; n < answers; n++) {
      upstream.answers('cdn.example A', ...at(n).map((one) => a('cdn.example', ip(one), TTL_S)));
      const { rcode, addresses, ttl } = await answer('cdn.example');
      expect(rcode).toBe('NOERROR');
      expect(addresses.length).toBeGreaterThan(0);
      expect(new Set(table()).isSupersetOf(new Set(addresses))).toBe(true);
      expect(ttl).toBeLessThanOrEqual(TTL_S);
      told += addresses.length;
      most = Math.max(most, leases().length);
      // Now and then asked before the ttl has ended, mostly after.
      await pass(n % 7 === 0 ? 20_000 : 61_000, 61_000);
    }
    expect(most).toBeLessThanOrEqual(STICKY);
    expect(told / answers).toBeGreaterThan(1.5);
    expect(clock.now()).toBeGreaterThan(0);
  }, 60_000);
});

test('while learning, too, it opens sixteen, and is told all the same', async () => {
  const { upstream, answer, leases, pass, control, db, groupId } = await house();
  updateGroup(db, groupId, { mode: 'learn' });
  await control.policy.reload();
  for (let n = 0; n < 5; n++) {
    upstream.answers(
      'cdn.example A',
      ...Array.from({ length: 8 }, (_, i) => a('cdn.example', ip(n * 8 + i), TTL_S)),
    );
    expect((await answer('cdn.example')).addresses).toHaveLength(8);
    await pass(61_000, 61_000);
  }
  await until('they are opened', () => leases().length === STICKY);
});

test('where writes are dear, what a name has left for good is told no longer than what it was leased for', async () => {
  const { upstream, answer, pass } = await house({
    allowed: ['cdn.example'],
    wrap: (driver) => ({
      ...driver,
      capabilities: { ...driver.capabilities, writeBudget: { burst: 5, refillMs: 60_000 } },
    }),
  });
  upstream.answers('cdn.example A', ...[1, 2, 3].map((n) => a('cdn.example', ip(n), TTL_S)));
  expect((await answer('cdn.example')).addresses).toHaveLength(3);
  // One that is new and three that are open: it may as well be rotating.
  upstream.answers('cdn.example A', a('cdn.example', ip(9), TTL_S));
  let minutes = 0;
  for (let isNew = false; !isNew && minutes <= 60; minutes++) {
    await pass(61_000, 61_000);
    isNew = (await answer('cdn.example')).addresses.includes(ip(9));
  }
  expect(minutes).toBeGreaterThan(1);
  expect(minutes).toBeLessThan(30);
}, 60_000);
