import type { Clock } from '../base/clock.ts';
import type { LeaseRequest } from '../ledger/lease.ts';
import type { SightingEvent } from '../plane/protocol.ts';

export interface AnswerInbox {
  sightings(batch: readonly SightingEvent[]): void;
  leases(batch: readonly LeaseRequest[]): void;
  /** Writes what has come so far. */
  flush(): void;
}

/**
 * Collects what answers led to until the turn of the event loop is over, so that a burst of messages is two transactions
 * and not two for each: a commit costs as much as many rows.
 */
export function createAnswerInbox(
  clock: Pick<Clock, 'soon'>,
  write: {
    readonly sightings: (batch: readonly SightingEvent[]) => void;
    readonly leases: (batch: readonly LeaseRequest[]) => void;
  },
): AnswerInbox {
  let sightings: SightingEvent[] = [];
  let leases: LeaseRequest[] = [];
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel?.();
    cancel = undefined;
    const [seen, requested] = [sightings, leases];
    sightings = [];
    leases = [];
    // In this order: a lease is justified by the sightings that led to it.
    if (seen.length > 0) write.sightings(seen);
    if (requested.length > 0) write.leases(requested);
  };
  const soon = () => {
    cancel ??= clock.soon(flush);
  };

  return {
    sightings(batch) {
      sightings.push(...batch);
      soon();
    },
    leases(batch) {
      leases.push(...batch);
      soon();
    },
    flush,
  };
}
