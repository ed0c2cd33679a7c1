import type { IpAddress } from '../base/ip-address.ts';
import type { ServedList } from '../firewall/driver.ts';
import { sameAddresses } from '../firewall/table-rows.ts';
import { lastListFetch, saveListFetch } from '../store/list-fetches.ts';
import type { MainDb } from '../store/open.ts';

/** Milliseconds: a firewall that takes the same every minute is not written down every minute. */
const SAVE_EVERY_MS = 5 * 60_000;

/**
 * Tells the list what the firewall took before the start, and returns what writes down each fetch after it. Whatever is
 * fetched comes from us, so while we were away the firewall kept what it had.
 */
export function rememberFetches({
  db,
  firewallId,
  served,
  attempt,
}: {
  readonly db: MainDb;
  readonly firewallId: number;
  readonly served: ServedList;
  /** Runs a write; false when the disk is full. */
  readonly attempt: (what: string, write: () => void) => boolean;
}): (addresses: ReadonlySet<IpAddress>) => void {
  let saved = lastListFetch(db, firewallId);
  if (saved !== undefined) served.restoreFetch(saved.addresses, saved.fetch);
  return (addresses) => {
    const { lastFetch } = served;
    if (lastFetch === undefined) return;
    const isSame = saved !== undefined && sameAddresses(saved.addresses, addresses);
    if (isSame && Math.abs(lastFetch.at - (saved?.fetch.at ?? 0)) < SAVE_EVERY_MS) return;
    const isWritten = attempt('what a firewall fetched', () =>
      saveListFetch(db, firewallId, lastFetch, isSame ? undefined : addresses),
    );
    if (isWritten) saved = { fetch: lastFetch, addresses };
  };
}
