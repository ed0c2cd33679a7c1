import { familyOf } from '../base/ip-address.ts';
import { type AddressLimits, type Judgement, makeRoom } from './caps.ts';
import type { Cap, Lease } from './lease.ts';

export interface PoolsDeps extends Judgement {
  readonly limits: AddressLimits;
}

/** The leases among which room is made. */
export interface PoolLeases {
  ofName(groupId: number, name: Lease['name']): Iterable<Lease>;
  ofGroup(groupId: number): Iterable<Lease>;
}

/** How full the pools of addresses are. They are counted; what is in a pool is looked for when it is full. */
export class Pools {
  readonly #deps: PoolsDeps;
  readonly #sizes = new Map<string, number>();
  /** Pools in which nothing could go when last looked, for a wildcard or not, and when to look again. */
  readonly #fullUntil = new Map<string, number>();

  constructor(deps: PoolsDeps) {
    this.#deps = deps;
  }

  /** Takes the lease in, in place of the one that was counted `before` with its key. */
  put(lease: Lease, before: Lease | undefined): void {
    if (before !== undefined && hasSamePools(before, lease)) return;
    if (before !== undefined) this.remove(before);
    for (const { key } of poolsOf(lease)) this.#sizes.set(key, this.#sizeOf(key) + 1);
  }

  remove(lease: Lease): void {
    for (const { key } of poolsOf(lease)) {
      const size = this.#sizeOf(key) - 1;
      if (size > 0) this.#sizes.set(key, size);
      else this.#sizes.delete(key);
    }
    if (this.#fullUntil.size === 0) return;
    for (const { key } of [nameOf(lease), ...poolsOf(lease)])
      for (const isWild of [true, false]) this.#fullUntil.delete(`${key} ${isWild}`);
  }

  /** What of these has to go so that the lease fits all its pools; or the first cap that leaves it out. Nothing may go while upstreams fail. */
  roomFor(
    lease: Lease,
    held: PoolLeases,
    now: number,
    mayEvict: boolean,
  ): { readonly evict: readonly Lease[] } | { readonly leftOut: Cap } {
    const evict = new Set<Lease>();
    const isWild = lease.ruleId !== undefined && this.#deps.isWildcard(lease.ruleId);
    for (const pool of [nameOf(lease), ...poolsOf(lease)]) {
      const { cap, key } = pool;
      const limit = this.#deps.limits[cap];
      const counted = cap === 'name' ? this.#within(pool, held).length : this.#sizeOf(key);
      const size = counted - [...evict].filter(pool.isIn).length;
      if (size < limit) continue;
      if (!mayEvict) return { leftOut: cap };
      if (now < (this.#fullUntil.get(`${key} ${isWild}`) ?? 0)) return { leftOut: cap };
      const leases = this.#within(pool, held).filter((one) => !evict.has(one));
      const found = makeRoom(lease, { cap, limit, leases, size }, this.#deps, now);
      if (found === undefined) {
        // Looking through thousands for each newcomer of a flood would be its success.
        this.#fullUntil.set(`${key} ${isWild}`, now + LOOK_AGAIN_MS);
        return { leftOut: cap };
      }
      for (const one of found) evict.add(one);
    }
    return { evict: [...evict] };
  }

  #within({ of, isIn }: PoolOf, held: PoolLeases): readonly Lease[] {
    return [...of(held)].filter(isIn);
  }

  #sizeOf(key: string): number {
    return this.#sizes.get(key) ?? 0;
  }
}

/** So long nothing is looked for in a full pool, unless a place becomes free: what was left out is asked for again later. */
const LOOK_AGAIN_MS = 1000;

/** A pool that a lease belongs to. */
interface PoolOf {
  readonly cap: Exclude<Cap, 'storage'>;
  readonly key: string;
  /** Where those of the pool are, and others. */
  readonly of: (held: PoolLeases) => Iterable<Lease>;
  readonly isIn: (lease: Lease) => boolean;
}

function hasSamePools(one: Lease, other: Lease): boolean {
  return one.ruleId === other.ruleId && (one.cause === 'adopted') === (other.cause === 'adopted');
}

/** Asked ahead of the others, and not counted: a name has few. */
function nameOf({ groupId, name, address }: Lease): PoolOf {
  const family = familyOf(address);
  return {
    cap: 'name',
    key: `name ${groupId} ${family} ${name}`,
    of: (held) => held.ofName(groupId, name),
    isIn: (one) =>
      one.groupId === groupId && one.name === name && familyOf(one.address) === family && isOurs(one),
  };
}

/** In the order in which they are asked. What was adopted is not ours to count. */
function poolsOf(lease: Lease): readonly PoolOf[] {
  const { groupId, ruleId } = lease;
  if (!isOurs(lease)) return [];
  const of = (held: PoolLeases) => held.ofGroup(groupId);
  const isInGroup = (one: Lease) => one.groupId === groupId && isOurs(one);
  if (ruleId === undefined) {
    const isIn = (one: Lease) => isInGroup(one) && one.ruleId === undefined;
    return [{ cap: 'learn', key: `learn ${groupId}`, of, isIn }];
  }
  return [
    { cap: 'rule', key: `rule ${ruleId}`, of, isIn: (one) => isInGroup(one) && one.ruleId === ruleId },
    { cap: 'group', key: `group ${groupId}`, of, isIn: (one) => isInGroup(one) && one.ruleId !== undefined },
  ];
}

function isOurs({ cause }: Lease): boolean {
  return cause !== 'adopted';
}
