import { expect, test } from 'vitest';
import { daysOfWrites } from './rotation-days.ts';
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
  const [first, , ...later] = days.map(({ writes }) => writes);
  expect(first).toBeLessThan(30);
  for (const writes of later) expect(writes).toBeLessThan(5);
  for (const { questions, unconfirmed } of days) expect(unconfirmed).toBeLessThan(questions / 100);
});

test('names that stay where they are cost nothing after the first hour', {
  timeout: PATIENCE_MS,
}, async () => {
  const [day] = await daysOfWrites({ seed: 1, days: 1, rotates: false });
  expect(day?.lastWriteMs).toBeLessThan(HOUR);
});
