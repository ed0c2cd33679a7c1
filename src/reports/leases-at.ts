/** What was open at a moment of the past, or at any time of a period. */
import type { LeaseInterval, LeasesAtInput, Page } from '../actions/query-port.ts';
import { parseDomainName } from '../base/domain-name.ts';
import { feedEntriesOpenIn } from '../store/feeds.ts';
import { leasesOpenIn } from '../store/lease-history.ts';
import { listLeases } from '../store/leases.ts';
import { pinsOpenIn } from '../store/pins.ts';
import { readIntervals } from './intervals.ts';
import { groupInScope, type ReportDeps } from './scope.ts';

export function leasesAt({ main, serves }: Pick<ReportDeps, 'main' | 'serves'>) {
  return ({ period, name, address, cursor, limit, ...scope }: LeasesAtInput): Page<LeaseInterval> => {
    const groupId = groupInScope(main, scope)?.id;
    const inGroup = { ...(groupId === undefined ? {} : { groupId }) };
    const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const leases =
      name === undefined && address === undefined
        ? leasesOpenIn(main, { ...period, ...inGroup, ...page })
        : listLeases(main, {
            ...inGroup,
            ...page,
            period,
            ...(name === undefined ? {} : { name: parseDomainName(name) }),
            ...(address === undefined ? {} : { address }),
          });
    const intervals = readIntervals({ main, serves });
    const fits = (one: { readonly groupId: number }, at: string) =>
      (groupId === undefined || one.groupId === groupId) && (address === undefined || address === at);
    // What was opened without a name is few, and comes with the first page.
    const nameless =
      cursor !== undefined || name !== undefined
        ? []
        : [
            ...pinsOpenIn(main, period)
              .filter((pin) => fits(pin, pin.prefix.address))
              .map(intervals.ofPin),
            ...feedEntriesOpenIn(main, period)
              .filter((entry) => fits(entry, entry.address))
              .map(intervals.ofFeedEntry),
          ];
    const items = [...nameless, ...leases.items.map(intervals.ofLease)];
    return leases.nextCursor === undefined ? { items } : { items, nextCursor: String(leases.nextCursor) };
  };
}
