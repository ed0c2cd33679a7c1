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
  // By hand: AbortSignal.any costs as much as the rest of a run in which nothing is to be done.
  const stopped = () => limit.abort(stop?.reason);
  if (stop?.aborted === true) stopped();
  stop?.addEventListener('abort', stopped, { once: true });
  try {
    return await work(limit.signal);
  } finally {
    cancel();
    stop?.removeEventListener('abort', stopped);
  }
}

/** True when it is done in time, and before it was stopped; what comes of it later is nobody's concern any more. */
export function isDoneWithin(
  { clock, ms, stop }: Pick<TimeLimit, 'clock' | 'ms' | 'stop'>,
  work: Promise<unknown>,
): Promise<boolean> {
  // An abort that is past is not announced again.
  if (stop?.aborted === true) {
    // Whoever stopped it has turned away; unheard, its failure would end the process.
    work.catch(() => undefined);
    return Promise.resolve(false);
  }
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const late = () => resolve(false);
  const cancel = clock.after(ms, late);
  stop?.addEventListener('abort', late, { once: true });
  work.then(() => resolve(true), reject);
  return promise.finally(() => {
    cancel();
    stop?.removeEventListener('abort', late);
  });
}
