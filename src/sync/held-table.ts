import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Entries, Entry } from '../firewall/driver.ts';

/** Firewalls count in seconds: what they say is left may be that much less. */
const ROUNDING_MS = 1000;

/** What the alias was last read as holding, less what is being withdrawn. */
export class HeldTable {
  readonly #clock: Clock;
  readonly #withdrawn = new Set<IpAddress>();
  #held = new Map<IpAddress, number>();
  #wasRead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Until when each address was read as held; Infinity where entries do not expire. */
  get held(): ReadonlyMap<IpAddress, number> {
    return this.#held;
  }

  /** False until the table was read once. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** Takes up a read of the whole table; true when something that was held is not any more. */
  see(entries: Entries): boolean {
    this.#wasRead = true;
    const before = this.#held;
    this.#held = new Map();
    for (const [address, entry] of entries) {
      if (!this.#withdrawn.has(address)) this.#held.set(address, this.#heldUntil(entry));
    }
    return before.keys().some((address) => !this.#held.has(address));
  }

  /** Takes up a read of these alone. */
  seeSome(entries: Entries): void {
    for (const [address, entry] of entries) this.#held.set(address, this.#heldUntil(entry));
  }

  /** These count as held no more, whatever is read, until the withdrawal is over. */
  withdraw(addresses: readonly IpAddress[]): void {
    for (const address of addresses) {
      this.#withdrawn.add(address);
      this.#held.delete(address);
    }
  }

  endWithdrawal(): void {
    this.#withdrawn.clear();
  }

  /** Those of the addresses that are held, as a read would show them now. */
  entriesOf(addresses: readonly IpAddress[]): Entries {
    const now = this.#clock.now();
    return new Map(
      addresses.flatMap((address): [IpAddress, Entry][] => {
        const until = this.#held.get(address);
        if (until === undefined || until <= now) return [];
        return [[address, until === Number.POSITIVE_INFINITY ? {} : { expiresInMs: until - now }]];
      }),
    );
  }

  #heldUntil({ expiresInMs }: Entry): number {
    if (expiresInMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#clock.now() + expiresInMs - ROUNDING_MS;
  }
}
