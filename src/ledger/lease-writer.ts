import { type Lease, type LeaseEndCause, type LeaseKey, leaseKey } from './lease.ts';
import type { LiveLeases } from './lease-index.ts';

/** Where leases are kept. Every call is committed when it returns: what is not on disk is never pushed. */
export interface LeaseStore {
  /** In one transaction: writes the ends, then inserts or rewrites the live lease of each key. */
  save(leases: readonly Lease[], ends?: readonly LeaseEnds[]): void;
  end(keys: readonly LeaseKey[], endedAt: number, cause: LeaseEndCause): void;
}

/** Intervals that end together. */
export interface LeaseEnds {
  readonly leases: readonly LeaseKey[];
  readonly at: number;
  readonly cause: LeaseEndCause;
}

/** The way to the store, which remembers what a full disk did not take: it goes ahead of, or with, whatever is written next. */
export class LeaseWriter {
  readonly #store: LeaseStore;
  readonly #live: LiveLeases;
  /** Ends the store has not taken yet. Written before anything else: a lease opened since is another interval. */
  readonly #lateEnds: LeaseEnds[] = [];
  /** Live leases that the store has with an earlier end. */
  readonly #late = new Map<string, LeaseKey>();

  constructor(store: LeaseStore, live: LiveLeases) {
    this.#store = store;
    this.#live = live;
  }

  /** Committed when this returns; `ends` among them those of what the leases replace and of what made room for them. */
  save(leases: readonly Lease[], ends: readonly LeaseEnds[]): void {
    this.#writeEnds();
    this.#store.save([...leases, ...this.#lateBut(leases, ends)], ends);
    this.#late.clear();
  }

  /** Where it throws, it is made good with the next write. */
  end(ends: LeaseEnds): void {
    this.#lateEnds.push(ends);
    this.#writeEnds();
  }

  /** Throws while the disk is full; nothing is written where nothing is late. */
  writeLate(): void {
    if (this.#lateEnds.length + this.#late.size > 0) this.save([], []);
  }

  /** The live lease goes on for longer than the store knows. */
  isLate(key: LeaseKey): boolean {
    return this.#late.size > 0 && this.#late.has(leaseKey(key));
  }

  /** What is live by this key is written later, as it is then. */
  putOff(key: LeaseKey): void {
    this.#late.set(leaseKey(key), key);
  }

  /** It is live no more. */
  forget(key: LeaseKey): void {
    if (this.#late.size > 0) this.#late.delete(leaseKey(key));
  }

  #lateBut(written: readonly Lease[], ends: readonly LeaseEnds[]): readonly Lease[] {
    if (this.#late.size === 0) return [];
    const others = new Map(this.#late);
    for (const lease of written) others.delete(leaseKey(lease));
    for (const { leases } of ends) for (const lease of leases) others.delete(leaseKey(lease));
    return [...others.values()].flatMap((key) => this.#live.get(key) ?? []);
  }

  #writeEnds(): void {
    for (let next = this.#lateEnds[0]; next !== undefined; next = this.#lateEnds[0]) {
      this.#store.end(next.leases, next.at, next.cause);
      this.#lateEnds.shift();
    }
  }
}
