import type { Denial } from '../../api/types.ts';

/** Milliseconds: what was asked since belongs to what somebody is doing on their screen right now. */
const JUST_NOW_MS = 2 * 60_000;

interface Bands {
  readonly justNow: readonly Denial[];
  readonly earlier: readonly Denial[];
}

/** Just now and earlier, the latest first in each; only what the filter leaves. */
export function bandsOf(denials: readonly Denial[], filter: string, now: number): Bands {
  const wanted = filter.trim().toLowerCase();
  const latestFirst = denials
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .toSorted((a, b) => b.lastAt.localeCompare(a.lastAt));
  const isRecent = ({ lastAt }: Denial) => now - Date.parse(lastAt) < JUST_NOW_MS;
  return { justNow: latestFirst.filter(isRecent), earlier: latestFirst.filter((one) => !isRecent(one)) };
}

/**
 * Keeps each row where it is while somebody is over the list, or a click would meet another name than the one it was meant
 * for; what is new goes below.
 */
export function keepPlaces(rows: readonly Denial[], before: readonly number[]): readonly Denial[] {
  const place = new Map(before.map((id, at) => [id, at]));
  return rows.toSorted((a, b) => (place.get(a.id) ?? before.length) - (place.get(b.id) ?? before.length));
}

export interface DomainGroup {
  readonly domain: string;
  readonly group: string;
  readonly denials: readonly Denial[];
}

/** What belongs together: names of one registrable domain that one group was refused, in the order of their first. */
export function byDomain(denials: readonly Denial[]): readonly DomainGroup[] {
  return [...Map.groupBy(denials, ({ domain, group }) => `${domain} ${group}`).values()].map((together) => ({
    domain: together[0]?.domain ?? '',
    group: together[0]?.group ?? '',
    denials: together,
  }));
}
