/**
 * Which of the addresses a firewall holds should have gone long ago.
 *
 *   no longer desired, and it is known why    due: it goes with the next write
 *   ... and still held after some minutes     overdue: the firewall does not take what it is told to
 *   ... the same where writes are dear        due until the write that takes what nobody waits for
 *   desired again, or gone                    neither
 */
import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Desired } from '../sync/desired.ts';
import type { RemovalCause } from '../sync/ports.ts';
import type { SyncRun } from '../sync/sync-run.ts';
import { TOGETHER_EVERY_MS } from '../sync/write-budget.ts';

/** Milliseconds: five runs of the schedule, and more than one of the longest runs with its retry. */
export const OVERDUE_AFTER_MS = 5 * 60_000;

export interface OverdueDeps {
  readonly clock: Clock;
  /** True where what nobody waits for is written together, some times a day. */
  readonly isDear: boolean;
  readonly held: () => Iterable<IpAddress>;
  readonly desired: () => Desired;
  readonly removalCause: (address: IpAddress) => RemovalCause | undefined;
}

interface Due {
  readonly since: number;
  /** A write was to take it, and the read-back showed it still. */
  readonly tried: boolean;
}

export function overdueRemovals({ clock, isDear, held, desired, removalCause }: OverdueDeps): {
  /** Looks at what a run has left; those that only open something are not looked at. */
  note(run: SyncRun): void;
  isOverdue(address: IpAddress): boolean;
} {
  let due: ReadonlyMap<IpAddress, Due> = new Map();
  return {
    note({ trigger, changes }) {
      if (trigger === 'nudge') return;
      const failed = new Set(
        changes
          .filter(({ change, confirmed }) => change === 'remove' && !confirmed)
          .map(({ address }) => address),
      );
      const wanted = desired();
      const left = new Map<IpAddress, Due>();
      for (const address of held()) {
        if (wanted.has(address) || removalCause(address) === undefined) continue;
        const before = due.get(address);
        left.set(address, {
          since: before?.since ?? clock.now(),
          tried: before?.tried === true || failed.has(address),
        });
      }
      due = left;
    },
    isOverdue(address) {
      const known = due.get(address);
      if (known === undefined) return false;
      const isPutOff = isDear && !known.tried && removalCause(address)?.urgent === false;
      const limitMs = OVERDUE_AFTER_MS + (isPutOff ? TOGETHER_EVERY_MS : 0);
      return clock.now() - known.since >= limitMs;
    },
  };
}
