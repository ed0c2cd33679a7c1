import type { Clock } from '../base/clock.ts';

export interface BatcherOptions<T> {
  readonly clock: Clock;
  /** Milliseconds a thing may wait for company. */
  readonly everyMs: number;
  readonly maxBatch: number;
  /** Batches sent and not acknowledged; above it things are dropped and counted. */
  readonly maxUnacknowledged: number;
  readonly send: (batch: readonly T[]) => void;
}

export interface Batcher<T> {
  add(thing: T): void;
  acknowledged(): void;
  flush(): void;
  /** Nobody will acknowledge what was sent to a thread that is gone. */
  reset(): void;
  dropped(): number;
}

/** Collects things and sends them together; never more than the other side can take. */
export function createBatcher<T>(options: BatcherOptions<T>): Batcher<T> {
  const { clock, everyMs, maxBatch, maxUnacknowledged, send } = options;
  let waiting: T[] = [];
  let unacknowledged = 0;
  let dropped = 0;
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel?.();
    cancel = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    unacknowledged++;
    send(batch);
  };

  return {
    add(thing) {
      if (unacknowledged >= maxUnacknowledged) {
        dropped++;
        return;
      }
      waiting.push(thing);
      if (waiting.length >= maxBatch) flush();
      else cancel ??= clock.after(everyMs, flush);
    },
    acknowledged() {
      unacknowledged = Math.max(0, unacknowledged - 1);
    },
    flush,
    reset() {
      unacknowledged = 0;
    },
    dropped: () => dropped,
  };
}
