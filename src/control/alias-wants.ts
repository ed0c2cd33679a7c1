import type { Clock } from '../base/clock.ts';
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import { hasRotated } from '../gate/decide.ts';
import type { Lease, LeaseKey } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Desired, desiredEntries, mayLinger } from '../sync/desired.ts';
import type { SyncPorts } from '../sync/ports.ts';
import { SENTINEL } from '../sync/table-loss.ts';
import type { Openings } from './openings.ts';

export interface AliasWantsDeps {
  readonly clock: Clock;
  readonly ledger: Pick<
    Ledger,
    'live' | 'revision' | 'recentlyEnded' | 'ofAddress' | 'ofQuestion' | 'endedAt'
  >;
  readonly openings: Pick<Openings, 'current' | 'removalCause'>;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Whether the policy in force lets the name resolve to an address of that family. */
  readonly isAllowed: (lease: LeaseKey) => boolean;
  readonly groupIds: () => ReadonlySet<number>;
  readonly graceOf: (groupId: number) => number;
  /** Milliseconds that addresses are kept after their lease; 0 where writes cost nothing. */
  readonly lingerMs: number;
  readonly sentinel: boolean;
  /** True where this alias was seen to hold it. */
  readonly isAdoptedHere: (address: IpAddress) => boolean;
  /** Another one after each change of that; undefined: it changes with whatever is read. */
  readonly adoptedRevision: () => number | undefined;
}

/** What the ledger and the openings want one alias to hold, and why the rest of it may go. */
export function aliasWants({
  clock,
  ledger,
  openings,
  isNeverOpened,
  isAllowed,
  groupIds,
  graceOf,
  lingerMs,
  sentinel,
  isAdoptedHere,
  adoptedRevision,
}: AliasWantsDeps): Pick<SyncPorts, 'desired' | 'desiredAt' | 'isWaitedFor' | 'removalCause'> {
  const desired = () =>
    desiredEntries({
      leases: ledger.live(),
      ended: ledger.recentlyEnded(),
      openings: openings.current(),
      groupIds: groupIds(),
      lingerMs,
      isAllowed,
      isNeverOpened,
      isAdoptedHere,
      sentinel: sentinel && groupIds().size > 0,
      now: clock.now(),
    });
  /** What lingers hangs on the policy too. */
  const madeOf = () =>
    lingerMs > 0 ? undefined : [ledger.revision, openings.current(), groupIds(), adoptedRevision()];
  return {
    desired: untilChanged(desired, madeOf, { clock, isNeverOpened }),
    desiredAt: (address) =>
      desiredEntries({
        leases: ledger.ofAddress(address),
        ended: [],
        // An address opened by hand is held already, or the whole run adds it.
        openings: [],
        groupIds: groupIds(),
        lingerMs: 0,
        isAllowed,
        isNeverOpened,
        isAdoptedHere,
        sentinel: false,
        now: clock.now(),
      }).get(address),
    isWaitedFor(address, held) {
      const leases = [...ledger.ofAddress(address)].filter(({ groupId }) => groupIds().has(groupId));
      // Without a name it was opened by hand or by a list: somebody has asked for this very address.
      if (leases.length === 0) return true;
      return leases.some(({ groupId, name }) => {
        const mayBeTold = (lease: Lease) => lease.until - graceOf(groupId) > clock.now();
        const told = ledger.ofQuestion(groupId, name, familyOf(address)).filter(mayBeTold);
        const open = told.filter((lease) => held.has(lease.address)).length;
        return !hasRotated(open, told.length - open);
      });
    },
    removalCause(address) {
      if (isNeverOpened(address)) return { cause: 'never-list', urgent: true };
      const ended = ledger
        .endedAt(address)
        // A group that is gone is in no firewall's list any more; what it had open may go all the same.
        .findLast((lease) => groupIds().has(lease.groupId) || lease.endCause === 'group-gone');
      if (ended !== undefined) {
        const isLet = mayLinger(ended) && (lingerMs === 0 || isAllowed(ended));
        return { cause: ended.endCause, urgent: !isLet };
      }
      return openings.removalCause(address, groupIds());
    },
  };
}

/** A run asks for it more than once, and most find nothing new since the last: of thousands it is not put together each time. */
function untilChanged(
  desired: () => Desired,
  madeOf: () => readonly unknown[] | undefined,
  { clock, isNeverOpened }: Pick<AliasWantsDeps, 'clock' | 'isNeverOpened'>,
): () => Desired {
  let last:
    | { readonly of: readonly unknown[]; readonly desired: Desired; readonly until: number }
    | undefined;
  return () => {
    const now = clock.now();
    const of = madeOf();
    if (of === undefined || of.includes(undefined)) return desired();
    const isSame =
      last !== undefined && now < last.until && of.every((part, place) => part === last?.of[place]);
    if (last === undefined || !isSame || holdsNeverOpened(last.desired, isNeverOpened)) {
      const made = desired();
      last = { of, desired: made, until: firstEnd(made) };
    }
    return last.desired;
  };
}

function firstEnd(desired: Desired): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { until } of desired.values()) if (until < first) first = until;
  return first;
}

/** What may never be opened is asked for each time: it is the one thing that must not be remembered wrongly. */
function holdsNeverOpened(desired: Desired, isNeverOpened: (address: IpAddress) => boolean): boolean {
  for (const address of desired.keys()) if (address !== SENTINEL && isNeverOpened(address)) return true;
  return false;
}
