import type { Clock } from './clock.ts';

export interface TimeLimit {
  readonly clock: Clock;
  readonly ms: number;
  /** What the work is stopped with when it takes longer. */
  readonly late: () => Error;
  /** Stops it earlier, with a reason of its own. */
  readonly stop?: AbortSignal;
}

/** Hands the work a signal that aborts when its time is over; work that heeds no signal is not cut short. */
export async function withinLimit<T>(
  { clock, ms, late, stop }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const cancel = clock.after(ms, () => limit.abort(late()));
  try {
    return await work(stop === undefined ? limit.signal : AbortSignal.any([stop, limit.signal]));
  } finally {
    cancel();
  }
}
