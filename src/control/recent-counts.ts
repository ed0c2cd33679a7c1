/** What was asked in the last day, from the counters that the data plane tells each second: kept by the quarter of an hour, in memory. */
import type { DataCounters } from '../plane/protocol.ts';

type Counted = Pick<DataCounters, 'queries' | 'denied' | 'failed'>;

export interface RecentCounts {
  /** Takes the counters since the data plane started; fewer than before: it was started anew. */
  note(counters: Counted, now: number): void;
  /** Of the last 24 hours, or since the start where that is later. */
  lastDay(now: number): Counted;
}

export function createRecentCounts(): RecentCounts {
  const slots = new Map<number, Counted>();
  /** Undefined at first: a data plane that has been at it longer than we have counts from before. */
  let before: Counted | undefined;
  const forgetOld = (now: number) => {
    for (const slot of slots.keys()) if (slot <= slotAt(now) - SLOTS) slots.delete(slot);
  };
  return {
    note({ queries, denied, failed }, now) {
      const since =
        before === undefined ? { queries, denied, failed } : queries < before.queries ? NOTHING : before;
      const slot = slots.get(slotAt(now)) ?? NOTHING;
      slots.set(slotAt(now), {
        queries: slot.queries + queries - since.queries,
        denied: slot.denied + denied - since.denied,
        failed: slot.failed + failed - since.failed,
      });
      before = { queries, denied, failed };
      forgetOld(now);
    },
    lastDay(now) {
      forgetOld(now);
      return [...slots.values()].reduce(
        (sum, slot) => ({
          queries: sum.queries + slot.queries,
          denied: sum.denied + slot.denied,
          failed: sum.failed + slot.failed,
        }),
        NOTHING,
      );
    },
  };
}

const NOTHING: Counted = { queries: 0, denied: 0, failed: 0 };
const SLOT_MS = 15 * 60_000;
/** A day. */
const SLOTS = 96;

function slotAt(now: number): number {
  return Math.floor(now / SLOT_MS);
}
