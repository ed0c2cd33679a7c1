import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isCronExpression, startSchedule } from '../../src/sync/schedule.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-03-03T12:00:20.500Z') }));
afterEach(() => void vi.useRealTimers());

test.each([
  '* * * * *',
  // The same, and not every library is spared for it.
  '*/1 * * * *',
])('%s is once at each full minute, until it is stopped', async (expression) => {
  const runs: string[] = [];
  const schedule = startSchedule(expression, () => void runs.push(new Date().toISOString().slice(14, 19)));
  expect(new Date(schedule.nextRunAt() ?? 0).toISOString()).toBe('2026-03-03T12:01:00.000Z');
  await vi.advanceTimersByTimeAsync(150_000);
  expect(runs).toEqual(['01:00', '02:00']);
  schedule.stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(runs).toHaveLength(2);
});

test('a timer that is up a moment early runs no minute twice', async () => {
  vi.setSystemTime(Date.parse('2026-03-03T12:00:59.999Z'));
  const run = vi.fn();
  const schedule = startSchedule('* * * * *', run);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(run).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1001);
  expect(run).toHaveBeenCalledOnce();
  schedule.stop();
});

test('five fields, or six with seconds', () => {
  const texts = ['* * * * *', '*/5 * * * *', '30 */2 * * * *', 'every minute', '99 * * * *'];
  expect(texts.map(isCronExpression)).toEqual([true, true, true, false, false]);
});
