import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { type Entries, type Entry, READ_NOISE_MS } from '../firewall/driver.ts';

/** Firewalls count in seconds: what they say is left may be that much less. */
const ROUNDING_MS = 1000;

/** What the alias was last read as holding, less what is being withdrawn. */
export class HeldTable {
  readonly #clock: Clock;
  readonly #withdrawn = new Set<IpAddress>();
  readonly #held = new Map<IpAddress, number>();
  readonly #changed = new Set<IpAddress>();
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

  /** Takes up a read of the whole table. */
  see(entries: Entries, readAt: number): void {
    this.#wasRead = true;
    this.seeSome(entries, readAt);
    // All that was read is held now; mostly nothing else is.
    if (this.#withdrawn.size === 0 && this.#held.size === entries.size) return;
    for (const address of this.#held.keys()) if (!entries.has(address)) this.#drop(address);
  }

  /** Takes up a read of these alone. What waits to be fetched is not held. */
  seeSome(entries: Entries, readAt: number): void {
    for (const [address, entry] of entries) {
      if (entry.fetched === false) this.#drop(address);
      else this.#hold(address, heldUntil(entry, readAt));
    }
  }

  /** Addresses held no more, newly, or for another time than when this was last asked. */
  takeChanges(): readonly IpAddress[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** These count as held no more, whatever is read, until the withdrawal is over. */
  withdraw(addresses: readonly IpAddress[]): void {
    for (const address of addresses) {
      this.#withdrawn.add(address);
      this.#drop(address);
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

  #hold(address: IpAddress, until: number): void {
    const before = this.#held.get(address);
    if (before !== undefined && (before === until || Math.abs(before - until) < READ_NOISE_MS)) return;
    if (this.#withdrawn.has(address)) return;
    this.#held.set(address, until);
    this.#changed.add(address);
  }

  #drop(address: IpAddress): void {
    if (this.#held.delete(address)) this.#changed.add(address);
  }
}

function heldUntil({ expiresInMs }: Entry, readAt: number): number {
  return expiresInMs === undefined ? Number.POSITIVE_INFINITY : readAt + expiresInMs - ROUNDING_MS;
}
