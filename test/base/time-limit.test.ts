import { expect, test } from 'vitest';
import { isDoneWithin, withinLimit } from '../../src/base/time-limit.ts';
import { manualClock } from '../support/manual-clock.ts';

const stopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const late = () => new Error('too late');

test('work is stopped when the time of its clock is over, and not before', async () => {
  const clock = manualClock();
  const signals: AbortSignal[] = [];
  const work = withinLimit({ clock, ms: 1000, late }, (signal) => {
    signals.push(signal);
    return stopped(signal);
  });
  clock.advance(999);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  clock.advance(1);
  await expect(work).rejects.toThrow('too late');
});

test('work that is done leaves no alarm behind', async () => {
  const clock = manualClock();
  const signals: AbortSignal[] = [];
  const work = async (signal: AbortSignal) => signals.push(signal);
  expect(await withinLimit({ clock, ms: 1000, late }, work)).toBe(1);
  clock.advance(2000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('work is stopped by whoever may stop it, with that reason', async () => {
  const stop = new AbortController();
  const work = withinLimit({ clock: manualClock(), ms: 1000, late, stop: stop.signal }, stopped);
  stop.abort(new Error('shutting down'));
  await expect(work).rejects.toThrow('shutting down');
});

test('what was stopped before is not waited for', async () => {
  const clock = manualClock();
  const limit = { clock, ms: 5000, stop: AbortSignal.abort() };
  expect(await isDoneWithin(limit, new Promise(() => undefined))).toBe(false);
});
