import { expect, test } from 'vitest';
import { type DayOfWrites, daysOfWrites, judgeDays } from './rotation-days.ts';
import { HOUR } from './world.ts';

/** Real milliseconds, on a machine that is busy with other things. */
const PATIENCE_MS = 1_200_000;

/** A day takes some 40 s of a processor, so here are three; `npm run simulate -- --days 7` lives the week, whose later days are like the third. */
const DAYS = 3;

test('rotating names cost a pfSense few writes on the first day, and from the third next to none', {
  timeout: PATIENCE_MS,
}, async () => {
  const days = await daysOfWrites({ seed: 1, days: DAYS });
  console.table(days);
  expect(judgeDays(days)).toEqual([]);
});

test('what is promised of the days is judged: 30 writes, from the third day 5, and nothing told unconfirmed', () => {
  const day = (writes: number, unconfirmed = 0): DayOfWrites => ({
    writes,
    unconfirmed,
    lastWriteMs: 0,
    questions: 700,
    open: 200,
  });
  expect(judgeDays([day(29), day(29), day(4)])).toEqual([]);
  expect(judgeDays([day(30), day(5), day(5), day(4, 1)])).toEqual([
    'day 1 cost 30 writes, not below 30',
    'day 3 cost 5 writes, not below 5',
    'day 4 told 1 answers unconfirmed',
  ]);
});

test('names that stay where they are cost nothing after the first hour', {
  timeout: PATIENCE_MS,
}, async () => {
  const [day] = await daysOfWrites({ seed: 1, days: 1, rotation: 'none' });
  expect(day?.lastWriteMs).toBeLessThan(HOUR);
});
