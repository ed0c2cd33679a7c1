import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { type LeaseKey, leaseKey } from '../ledger/lease.ts';

/** Some megabytes; a home is told some thousand addresses a day. What is forgotten is waited for again. */
const MAX_TERMS = 20_000;

/** A reply that is repeated counts down in whole seconds. */
const ROUNDING_MS = 1000;

/**
 * Until when clients may keep what they were told. Apart from what is known to be held: that is written anew when the control plane
 * starts, and what clients were told stands.
 */
export class ToldTerms {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #terms = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  until(lease: LeaseKey): number | undefined {
    return this.#terms.get(leaseKey(lease));
  }

  note({ groupId, name }: Omit<LeaseKey, 'address'>, addresses: readonly IpAddress[], ttlS: number): void {
    const now = this.#clock.now();
    for (const [oldest, until] of this.#terms) {
      if (until > now && this.#terms.size + addresses.length <= MAX_TERMS) break;
      this.#terms.delete(oldest);
    }
    const until = now + ttlS * 1000 + ROUNDING_MS;
    for (const address of addresses) {
      const key = leaseKey({ groupId, name, address });
      const known = this.#terms.get(key) ?? 0;
      this.#terms.delete(key);
      this.#terms.set(key, Math.max(known, until));
    }
  }
  /** All of them: what clients still keep is told again by nobody then. */
  forget(): void {
    this.#terms.clear();
  }
}
