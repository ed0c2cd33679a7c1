import type { IpAddress } from '../base/ip-address.ts';
import { type EndedLease, type Lease, LINGER_MS } from '../ledger/lease.ts';
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
  /** Which addresses stay for a while after their lease; absent: none. Only where every write costs the owner something. */
  readonly mayLinger: ((lease: EndedLease) => boolean) | undefined;
  readonly isNeverOpened: (address: IpAddress) => boolean;
  /** Keep the sentinel: it is on no list of what may be opened, and needs to be on none. */
  readonly sentinel: boolean;
  /** True where the alias itself held it: what nobody here opened is kept there, and opened nowhere else. */
  readonly isAdoptedHere: (address: IpAddress) => boolean;
  readonly now: number;
}

/** What one alias ought to hold: leases, linger, pins and feeds of its groups less what may never be opened, and the sentinel. Pure. */
export function desiredEntries(input: DesiredInput): Desired {
  const desired = new Map<IpAddress, DesiredEntry>();
  const want = (address: IpAddress, until: number, cause: string) => {
    if (until <= input.now) return;
    const present = desired.get(address);
    if (present !== undefined && present.until >= until) return;
    if (!input.isNeverOpened(address)) desired.set(address, { until, cause });
  };
  for (const lease of input.leases) {
    if (!input.groupIds.has(lease.groupId)) continue;
    if (lease.cause === 'adopted' && !input.isAdoptedHere(lease.address)) continue;
    want(lease.address, lease.until, lease.cause);
  }
  for (const { address, groupId, until, cause } of input.openings) {
    if (input.groupIds.has(groupId)) want(address, until ?? Number.POSITIVE_INFINITY, cause);
  }
  if (input.mayLinger !== undefined) {
    for (const lease of input.ended) {
      // Linger is for saving writes, never for keeping open what somebody closed.
      if (lease.endCause !== 'expired' || lease.temporary || !input.groupIds.has(lease.groupId)) continue;
      // What something else wants open is more than lingering: it is added where it is missing.
      if ((desired.get(lease.address)?.cause ?? 'linger') !== 'linger') continue;
      if (lease.endedAt + LINGER_MS <= input.now || !input.mayLinger(lease)) continue;
      want(lease.address, lease.endedAt + LINGER_MS, 'linger');
    }
  }
  if (input.sentinel) desired.set(SENTINEL, { until: Number.POSITIVE_INFINITY, cause: 'sentinel' });
  return desired;
}
