import type { IpAddress } from '../base/ip-address.ts';
import { type Addition, type AliasChanges, type Entries, READ_NOISE_MS } from '../firewall/driver.ts';
import type { Desired } from './desired.ts';

/** Milliseconds given to a firewall for an entry that has no end of its own; renewed long before. */
const ENDLESS_MS = 24 * 3_600_000;

/**
 * What must change for the alias to hold what is desired. Pure.
 *
 *   desired | current                      | change
 *   yes     | no                           | add; not for lingering, which only keeps what is there
 *   yes     | yes, ends before its lease   | renew
 *   yes     | yes                          | -
 *   no      | yes                          | remove
 */
export function planChanges(current: Entries, desired: Desired, now: number): AliasChanges {
  const add: Addition[] = [];
  const renew: Addition[] = [];
  for (const [address, { until, cause }] of desired) {
    const forMs = Math.min(until - now, ENDLESS_MS);
    const entry = current.get(address);
    if (entry === undefined) {
      if (cause !== 'linger') add.push({ address, forMs });
    } else if (entry.expiresInMs !== undefined && needsRenewal(entry.expiresInMs, until - now))
      renew.push({ address, forMs });
  }
  const remove: IpAddress[] = [];
  for (const address of current.keys()) if (!desired.has(address)) remove.push(address);
  return { add, renew, remove };
}

export function isEmpty(changes: AliasChanges): boolean {
  return changes.add.length + changes.renew.length + changes.remove.length === 0;
}

function needsRenewal(expiresInMs: number, wantedMs: number): boolean {
  // An endless entry is refreshed when half of its term has gone, so that it is not rewritten on every run.
  if (wantedMs > ENDLESS_MS) return expiresInMs < ENDLESS_MS / 2;
  return expiresInMs < wantedMs - READ_NOISE_MS;
}
