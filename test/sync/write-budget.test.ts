import { expect, test } from 'vitest';
import { createWriteBudget, shareOf } from '../../src/sync/write-budget.ts';
import { manualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;

test('what nobody waits for is written every twelve hours, however often another alias of the box is', () => {
  const clock = manualClock(0);
  const box = createWriteBudget({ burst: 5, refillMs: 60_000 }, clock);
  const [one, other] = [shareOf(box, clock), shareOf(box, clock)];
  one.spend(1);
  expect([one.untilTogetherMs(), other.untilTogetherMs()]).toEqual([12 * HOUR, 0]);
  expect([one.writesToday(), other.writesToday()]).toEqual([1, 1]);
});
