import { expect, test } from 'vitest';
import { Recently } from '../../src/gate/recently.ts';
import { manualClock } from '../support/manual-clock.ts';

test('a fact counts for its time, from when it was last set', () => {
  const clock = manualClock(0);
  const facts = new Recently<string>(clock, 5000);
  facts.set('a', 'first');
  clock.advance(4000);
  facts.set('a', 'second');
  clock.advance(4999);
  expect(facts.get('a')).toBe('second');
  clock.advance(1);
  expect(facts.get('a')).toBeUndefined();
});

test('of too many the oldest are forgotten', () => {
  const facts = new Recently<number>(manualClock(0), 5000);
  for (let n = 0; n <= 20_000; n++) facts.set(String(n), n);
  expect(['0', '1', '20000'].map((key) => facts.get(key))).toEqual([undefined, 1, 20_000]);
});
