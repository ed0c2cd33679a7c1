import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { LeaseKey } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { desiredEntries } from '../sync/desired.ts';
import type { SyncPorts } from '../sync/ports.ts';
import type { Openings } from './openings.ts';

export interface AliasWantsDeps {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'live' | 'recentlyEnded' | 'ofAddress' | 'endedAt'>;
  readonly openings: Pick<Openings, 'current' | 'removalCause'>;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Whether the policy in force lets the name resolve to an address of that family. */
  readonly isAllowed: (lease: LeaseKey) => boolean;
  readonly groupIds: () => ReadonlySet<number>;
  /** True where every write is dear. */
  readonly linger: boolean;
  readonly sentinel: boolean;
  /** True where this alias was seen to hold it. */
  readonly isAdoptedHere: (address: IpAddress) => boolean;
}

/** What the ledger and the openings want one alias to hold, and why the rest of it may go. */
export function aliasWants({
  clock,
  ledger,
  openings,
  isNeverOpened,
  isAllowed,
  groupIds,
  linger,
  sentinel,
  isAdoptedHere,
}: AliasWantsDeps): Pick<SyncPorts, 'desired' | 'desiredAt' | 'removalCause'> {
  return {
    desired: () =>
      desiredEntries({
        leases: ledger.live(),
        ended: ledger.recentlyEnded(),
        openings: openings.current(),
        groupIds: groupIds(),
        mayLinger: linger ? isAllowed : undefined,
        isNeverOpened,
        isAdoptedHere,
        sentinel: sentinel && groupIds().size > 0,
        now: clock.now(),
      }),
    desiredAt: (address) =>
      desiredEntries({
        leases: ledger.ofAddress(address),
        ended: [],
        // An address opened by hand is held already, or the whole run adds it.
        openings: [],
        groupIds: groupIds(),
        mayLinger: undefined,
        isNeverOpened,
        isAdoptedHere,
        sentinel: false,
        now: clock.now(),
      }).get(address),
    removalCause(address) {
      if (isNeverOpened(address)) return { cause: 'never-list', urgent: true };
      const ended = ledger
        .endedAt(address)
        // A group that is gone is in no firewall's list any more; what it had open may go all the same.
        .findLast((lease) => groupIds().has(lease.groupId) || lease.endCause === 'group-gone');
      if (ended !== undefined) {
        const isOver = ended.endCause === 'expired' && !ended.temporary;
        return { cause: ended.endCause, urgent: !isOver || (linger && !isAllowed(ended)) };
      }
      return openings.removalCause(address, groupIds());
    },
  };
}
