import type { DomainName } from '../base/domain-name.ts';
import { type Family, familyOf } from '../base/ip-address.ts';
import type { Lease, LeaseKey } from './lease.ts';
import { nameKey } from './lease-index.ts';

/** Hours an outage may keep a name's last good addresses: longer than any upstream failure a household sits out. */
export const OUTAGE_LIMIT_MS = 24 * 3_600_000;

/** Milliseconds since upstreams were last heard to fail: every name an outage keeps is looked at twice in this time. */
const FAILING_MS = 2 * 60_000;

/** The names for which no upstream answers, and since when. */
export class Outages {
  readonly #since = new Map<string, number>();
  #failedAt = Number.NEGATIVE_INFINITY;

  /** Takes up what a lease of an outage says of it: a restart gives an outage no second day. */
  restore({ groupId, name, address, startedAt }: Lease): void {
    const key = questionKey(groupId, name, familyOf(address));
    this.#since.set(key, Math.min(this.#since.get(key) ?? startedAt, startedAt));
  }

  /** No upstream answers for the name now. True while what is open for it is kept: once that was a day, it has had its time. */
  goesOn(groupId: number, name: DomainName, family: Family, now: number): boolean {
    const key = questionKey(groupId, name, family);
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    return isWithinItsDay(since, now);
  }

  /** True where no upstream answers for the name, and what is open for it is kept. */
  keeps({ groupId, name, address }: LeaseKey, now: number): boolean {
    const since = this.#since.get(questionKey(groupId, name, familyOf(address)));
    return since !== undefined && isWithinItsDay(since, now);
  }

  /** An upstream answered for the name; the next outage has its own day. */
  over(groupId: number, name: DomainName, family: Family): void {
    this.#since.delete(questionKey(groupId, name, family));
  }

  /** Upstreams were heard to fail, for whatever name. */
  upstreamFailed(now: number): void {
    this.#failedAt = now;
  }

  /** True while what nobody has looked at yet may need to be kept as well. */
  mayGrow(now: number): boolean {
    return now - this.#failedAt < FAILING_MS;
  }
}

function isWithinItsDay(since: number, now: number): boolean {
  return now - since < OUTAGE_LIMIT_MS;
}

/** A and AAAA are asked, and fail, apart. */
function questionKey(groupId: number, name: DomainName, family: Family): string {
  return `${family} ${nameKey(groupId, name)}`;
}
