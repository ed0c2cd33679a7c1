import type { DomainName } from '../base/domain-name.ts';
import type { Lease, LeaseKey } from './lease.ts';
import { LiveLeases } from './lease-index.ts';
import type { PoolLeases, Pools } from './pools.ts';

/** The live leases as they will be once one batch of requests is written: with its drafts, and without what makes room for them. */
export class Opening implements PoolLeases {
  readonly #live: LiveLeases;
  readonly #pools: Pools;
  readonly #drafts = new LiveLeases();
  readonly #evicted = new Set<Lease>();

  constructor(live: LiveLeases, pools: Pools) {
    this.#live = live;
    this.#pools = pools;
  }

  /** Leases that begin, or go on changed. */
  get drafts(): readonly Lease[] {
    return [...this.#drafts.all()];
  }

  /** Live leases that end. */
  get evicted(): readonly Lease[] {
    return [...this.#evicted];
  }

  get(key: LeaseKey): Lease | undefined {
    return this.#drafts.get(key) ?? this.#unlessEvicted(this.#live.get(key));
  }

  ofName(groupId: number, name: DomainName): readonly Lease[] {
    return [
      ...this.#live.ofName(groupId, name).filter(this.#isAsItWas),
      ...this.#drafts.ofName(groupId, name),
    ];
  }

  *ofGroup(groupId: number): Generator<Lease> {
    for (const lease of this.#live.ofGroup(groupId)) if (this.#isAsItWas(lease)) yield lease;
    yield* this.#drafts.ofGroup(groupId);
  }

  /** In place of what is there by its key. */
  draft(lease: Lease): void {
    this.#pools.put(lease, this.get(lease));
    this.#drafts.set(lease);
  }

  evict(lease: Lease): void {
    this.#pools.remove(lease);
    this.#drafts.delete(lease);
    const live = this.#live.get(lease);
    if (live !== undefined) this.#evicted.add(live);
  }

  /** It could not be written: the pools are as they were. */
  undo(): void {
    for (const draft of this.#drafts.all()) {
      const live = this.#unlessEvicted(this.#live.get(draft));
      if (live === undefined) this.#pools.remove(draft);
      else this.#pools.put(live, draft);
    }
    for (const lease of this.#evicted) this.#pools.put(lease, undefined);
  }

  #isAsItWas = (lease: Lease): boolean => !this.#evicted.has(lease) && this.#drafts.get(lease) === undefined;

  #unlessEvicted(live: Lease | undefined): Lease | undefined {
    return live !== undefined && this.#evicted.has(live) ? undefined : live;
  }
}
