import { formatDomainName, ROOT } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { feedEntriesOfAddress } from '../store/feeds.ts';
import { listLeases } from '../store/leases.ts';
import type { MainDb } from '../store/open.ts';
import { pinsOfAddress } from '../store/pins.ts';

/** Addresses of a held plan that are looked up; the rest of a very large one is told by number alone. */
const MOST_EXPLAINED = 100;

/** What this ledger knows of each address that a held plan would remove: what a person decides on. */
export function explainRemovals(
  db: MainDb,
  removals: readonly IpAddress[],
): readonly { readonly address: IpAddress; readonly known: string }[] {
  return removals.slice(0, MOST_EXPLAINED).map((address) => ({ address, known: lastKnown(db, address) }));
}

function lastKnown(db: MainDb, address: IpAddress): string {
  const [lease] = listLeases(db, { address, limit: 1 }).items;
  const [pin] = pinsOfAddress(db, address, 1);
  const [entry] = feedEntriesOfAddress(db, address, 1);
  const intervals = [
    ...(lease === undefined
      ? []
      : [
          {
            since: lease.startedAt,
            until: lease.endedAt,
            what: leaseWords(formatDomainName(lease.name), lease),
          },
        ]),
    ...(pin === undefined ? [] : [{ since: pin.createdAt, until: pin.endedAt, what: 'by hand' }]),
    ...(entry === undefined
      ? []
      : [{ since: entry.startedAt, until: entry.endedAt, what: `by feed ${entry.feed}` }]),
  ];
  const last = intervals.sort((a, b) => b.since - a.since)[0];
  if (last === undefined)
    return 'never opened by this ledger: somebody else put it there, or the ledger was lost';
  const end = last.until === undefined ? 'not ended' : `ended ${new Date(last.until).toISOString()}`;
  return `last opened ${last.what}, ${new Date(last.since).toISOString()}, ${end}`;
}

function leaseWords(name: string, lease: { readonly name: string; readonly cause: string }): string {
  return lease.name === ROOT ? `as ${lease.cause}` : `for ${name} (${lease.cause})`;
}
