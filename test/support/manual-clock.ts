import type { Clock } from '../../src/base/clock.ts';

export interface ManualClock extends Clock {
  /** Moves the time, and calls what became due in its order. */
  advance(ms: number): void;
}

/** Time that stands until it is moved. */
export function manualClock(start = 0): ManualClock {
  let now = start;
  const waiting = new Set<{ readonly due: number; readonly callback: () => void }>();
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { due: now + Math.max(ms, 0), callback };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    soon(callback) {
      const turn = setImmediate(callback);
      return () => clearImmediate(turn);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...waiting].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
        if (next === undefined) break;
        waiting.delete(next);
        now = Math.max(now, next.due);
        next.callback();
      }
      now = end;
    },
  };
}
