import type { IpAddress } from '../base/ip-address.ts';
import { ENDED_REMEMBERED_MS, type EndedLease, type Lease, LINGER_RETURNED_TIMES } from '../ledger/lease.ts';
import { SENTINEL } from './table-loss.ts';

export interface DesiredEntry {
  /** Until when the address should stay open; Infinity for pins without an end. */
  readonly until: number;
  /** Shown in plans and runs: answer, learn, pin, linger ... */
  readonly cause: string;
}

export type Desired = ReadonlyMap<IpAddress, DesiredEntry>;

export interface DesiredInput {
  readonly leases: Iterable<Lease>;
  readonly ended: Iterable<EndedLease>;
  /** Opened by hand, or by a feed. */
  readonly openings: readonly {
    readonly address: IpAddress;
    readonly groupId: number;
    readonly until: number | undefined;
    readonly cause: string;
  }[];
  readonly groupIds: ReadonlySet<number>;
  /** Milliseconds that addresses are kept after their lease, where every write costs the owner something; 0: they are not. */
  readonly lingerMs: number;
  /** What nobody allows any more does not stay after its lease. */
  readonly isAllowed: (lease: EndedLease) => boolean;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Keep the sentinel: it is on no list of what may be opened, and needs to be on none. */
  readonly sentinel: boolean;
  /** True where the alias itself held it: what nobody here opened is kept there, and opened nowhere else. */
  readonly isAdoptedHere: (address: IpAddress) => boolean;
  readonly now: number;
}

/** Those that ended last, where a name has gone through more than a firewall can be asked to keep. */
function lingering({ ended, groupIds, lingerMs, isAllowed, now }: DesiredInput): readonly EndedLease[] {
  if (lingerMs === 0) return [];
  const isLet = (lease: EndedLease) => mayLinger(lease) && groupIds.has(lease.groupId);
  return [...ended]
    .filter((lease) => isLet(lease) && lingersUntil(lease, lingerMs) > now && isAllowed(lease))
    .slice(-MOST_LINGERING);
}

function lingersUntil({ endedAt, returned }: EndedLease, lingerMs: number): number {
  const lingers =
    returned === true ? Math.min(lingerMs * LINGER_RETURNED_TIMES, ENDED_REMEMBERED_MS) : lingerMs;
  return endedAt + lingers;
}

/** Ends of leases whose addresses are kept: a pfSense checks every entry of an alias against all aliases at each write. */
const MOST_LINGERING = 500;

/** Linger is for saving writes, never for keeping open what somebody closed. What made room for another is likely to come back. */
export function mayLinger({ endCause, temporary }: Pick<EndedLease, 'endCause' | 'temporary'>): boolean {
  return !temporary && (endCause === 'expired' || endCause === 'evicted');
}

/** What one alias ought to hold: leases, linger, pins and feeds of its groups less what may never be opened, and the sentinel. Pure. */
export function desiredEntries(input: DesiredInput): Desired {
  const desired = new Map<IpAddress, DesiredEntry>();
  const want = (address: IpAddress, entry: DesiredEntry) => {
    if (entry.until <= input.now) return;
    const present = desired.get(address);
    if (present !== undefined && present.until >= entry.until) return;
    if (!input.isNeverOpened(address)) desired.set(address, entry);
  };
  for (const lease of input.leases) {
    if (!input.groupIds.has(lease.groupId)) continue;
    if (lease.cause === 'adopted' && !input.isAdoptedHere(lease.address)) continue;
    // A lease says both itself: nothing is made for each of thousands at every run.
    want(lease.address, lease);
  }
  for (const { address, groupId, until, cause } of input.openings) {
    if (input.groupIds.has(groupId)) want(address, { until: until ?? Number.POSITIVE_INFINITY, cause });
  }
  for (const lease of lingering(input)) {
    // What something else wants open is more than lingering: it is added where it is missing.
    if ((desired.get(lease.address)?.cause ?? 'linger') !== 'linger') continue;
    want(lease.address, { until: lingersUntil(lease, input.lingerMs), cause: 'linger' });
  }
  if (input.sentinel) desired.set(SENTINEL, { until: Number.POSITIVE_INFINITY, cause: 'sentinel' });
  return desired;
}
