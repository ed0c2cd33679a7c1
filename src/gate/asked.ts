import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { type Cap, type LeftOut, leaseKey } from '../ledger/lease.ts';
import type { Held } from './confirmed-view.ts';
import { causeOf, type PassRequest, tellableS } from './pass.ts';
import { Recently } from './recently.ts';

/** No answer waits longer: what was asked for until then may still come, and what was left out is not asked for again before. */
const REMEMBERED_MS = 5000;

/** Who asks for the same address within this joins the request that is under way. */
const JOINED_MS = 1000;

/** Milliseconds what was asked for unseen counts as asked for; a ledger that did not take it is asked again then. */
const COVERED_MS = 60_000;

/** The cache counts down in whole seconds. */
const ROUNDING_MS = 1000;

/** What the ledger was asked for lately, and what it leaves out: nobody has to ask for the same twice. */
export class Asked {
  readonly #clock: Clock;
  /** Addresses that were asked for and may still come, with when and for what. */
  readonly #pending: Recently<{ readonly at: number; readonly reason: string }>;
  readonly #leftOut: Recently<Cap>;
  /** What was told lately without being held, and so was asked for: until when it was told, and why. */
  readonly #covered: Recently<{ readonly toldUntil: number; readonly reason: string }>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pending = new Recently(clock, REMEMBERED_MS);
    this.#leftOut = new Recently(clock, REMEMBERED_MS);
    this.#covered = new Recently(clock, COVERED_MS);
  }

  /** `isAnew`: who tells this has just come up, and knows of no request to the one before. */
  update(changes: readonly Held[], leftOut: readonly LeftOut[], isAnew: boolean): void {
    if (isAnew) {
      this.#pending.clear();
      this.#covered.clear();
    }
    for (const change of changes) this.#forget(change);
    for (const one of leftOut) {
      this.#pending.delete(leaseKey(one));
      this.#leftOut.set(leaseKey(one), one.cap);
    }
  }

  /** Something is known of it now. */
  #forget(change: Held): void {
    const facts: Recently<unknown>[] = [this.#pending, this.#leftOut];
    // Closed since: what was asked for then covers nothing any more.
    if (change.heldUntil === undefined) facts.push(this.#covered);
    // After a start it is said of thousands, of which nobody has asked for one.
    const some = facts.filter(({ isEmpty }) => !isEmpty);
    if (some.length === 0) return;
    const key = leaseKey(change);
    for (const one of some) one.delete(key);
  }

  /** Equal questions that wait together ask once. */
  notAskedYet(request: PassRequest, addresses: readonly IpAddress[]): readonly IpAddress[] {
    const now = this.#clock.now();
    const reason = reasonOf(request);
    return addresses.filter((address) => {
      const key = keyOf(request, address);
      const asked = this.#pending.get(key);
      if (asked !== undefined && asked.reason === reason && now - asked.at < JOINED_MS) return false;
      this.#pending.set(key, { at: now, reason });
      return true;
    });
  }

  /** What the cache tells again ends when it ended before: what was asked for then covers it. */
  notCoveredYet(request: PassRequest, addresses: readonly IpAddress[]): readonly IpAddress[] {
    const now = this.#clock.now();
    const toldUntil = now + tellableS(request, now) * 1000;
    const reason = reasonOf(request);
    return addresses.filter((address) => {
      const key = keyOf(request, address);
      const covered = this.#covered.get(key);
      if (covered?.reason === reason && toldUntil <= covered.toldUntil + ROUNDING_MS) return false;
      this.#covered.set(key, { toldUntil, reason });
      return true;
    });
  }

  /** Why the ledger does not open it; undefined: it has not said so lately. */
  capOf(request: PassRequest, address: IpAddress): Cap | undefined {
    return this.#leftOut.get(keyOf(request, address));
  }

  /** Once one address of an answer was left out the others would be too; those asked for before may still come. */
  mayOpen(request: PassRequest): (address: IpAddress) => boolean {
    let isShort: boolean | undefined;
    return (address) => {
      isShort ??= request.addresses.some((one) => this.capOf(request, one) !== undefined);
      return !isShort || this.#pending.get(keyOf(request, address)) !== undefined;
    };
  }
}

function keyOf({ group, name }: PassRequest, address: IpAddress): string {
  return leaseKey({ groupId: group.id, name, address });
}

/** Asked for again when the cause or the rule is another. */
function reasonOf(request: PassRequest): string {
  return `${causeOf(request)} ${request.allowed.rule?.id}`;
}
