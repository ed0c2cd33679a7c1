import { expect, test } from 'vitest';
import { weekOfWrites } from './rotation-week.ts';

/** Real milliseconds, on a machine that is busy with other things. */
const PATIENCE_MS = 1_200_000;

test('a week of rotating names costs a pfSense few writes, and from the third day next to none', {
  timeout: PATIENCE_MS,
}, async () => {
  const days = await weekOfWrites({ seed: 1, days: 7 });
  console.table(days);
  const [first, , ...later] = days.map(({ writes }) => writes);
  expect(first).toBeLessThan(30);
  for (const writes of later) expect(writes).toBeLessThan(5);
});

test('names that stay where they are cost nothing after the first hour', {
  timeout: PATIENCE_MS,
}, async () => {
  const [, second] = await weekOfWrites({ seed: 1, days: 2, rotates: false });
  expect(second?.writes).toBe(0);
});
