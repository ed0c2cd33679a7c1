import { expect, test } from 'vitest';
import { createRecentCounts } from '../../src/control/recent-counts.ts';

const HOUR = 3_600_000;
const counters = (queries: number, denied = 0, failed = 0) => ({ queries, denied, failed });

test('counts what came since we look, and forgets it after a day', () => {
  const recent = createRecentCounts();
  recent.note(counters(1000, 100), 0);
  expect(recent.lastDay(0)).toEqual(counters(0));
  recent.note(counters(1010, 103, 1), 1000);
  recent.note(counters(1020, 103, 1), 12 * HOUR);
  expect(recent.lastDay(12 * HOUR)).toEqual(counters(20, 3, 1));
  expect(recent.lastDay(25 * HOUR)).toEqual(counters(10, 0, 0));
  expect(recent.lastDay(40 * HOUR)).toEqual(counters(0));
});

test('goes on where the data plane was started anew', () => {
  const recent = createRecentCounts();
  recent.note(counters(0), 0);
  recent.note(counters(10, 1), 1000);
  recent.note(counters(4, 2), 2000);
  expect(recent.lastDay(2000)).toEqual(counters(14, 3));
});
