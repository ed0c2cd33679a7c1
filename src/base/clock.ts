/** Time for everything that is not a log line: never goes back inside a run, whatever happens to the wall clock. */
export interface Clock {
  /** Milliseconds since 1970 as they were at the start, plus the monotonic time since then. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once this turn of the event loop is over, before any timer; the returned function cancels. */
  soon(callback: () => void): () => void;
}

/** Where a run's time began; every thread is given the same one, so that they agree to the millisecond. */
export interface ClockOrigin {
  readonly wallMs: number;
  readonly monotonicNs: bigint;
}

export function clockOrigin(): ClockOrigin {
  return { wallMs: Date.now(), monotonicNs: process.hrtime.bigint() };
}

export function systemClock(origin: ClockOrigin = clockOrigin()): Clock {
  // Asked several times for each packet: a float costs a tenth of what a bigint does.
  const sinceOriginMs = Number(process.hrtime.bigint() - origin.monotonicNs) / 1e6 - performance.now();
  const startMs = origin.wallMs + sinceOriginMs;
  return {
    now: () => Math.floor(startMs + performance.now()),
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
      timer.unref();
      return () => clearTimeout(timer);
    },
    soon(callback) {
      const turn = setImmediate(callback);
      return () => clearImmediate(turn);
    },
  };
}

/** Node's timers wrap above this; a longer wait fires early, so callers look at the clock again when woken. */
const MAX_TIMER_MS = 2_147_483_647;
