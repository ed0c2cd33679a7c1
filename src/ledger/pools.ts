import { familyOf } from '../base/ip-address.ts';
import { MultiMap } from '../base/multi-map.ts';
import { type AddressLimits, type Judgement, makeRoom, type Pool } from './caps.ts';
import { type Cap, type Lease, leaseKey } from './lease.ts';

export interface PoolsDeps extends Judgement {
  readonly limits: AddressLimits;
}

/** Live leases by what caps them: found at once, however many there are. */
export class Pools {
  readonly #deps: PoolsDeps;
  readonly #leases = new MultiMap<string, string, Lease>();
  /** Pools in which nothing could go when last looked, for a wildcard or not, and the moment before which nothing will. */
  readonly #fullUntil = new Map<string, number>();

  constructor(deps: PoolsDeps) {
    this.#deps = deps;
  }

  /** Takes the lease in, in place of the one with its key. */
  put(key: string, lease: Lease, before: Lease | undefined): void {
    if (before !== undefined && !hasSamePools(before, lease)) this.remove(key, before);
    for (const pool of poolsOf(lease)) this.#leases.set(pool.key, key, lease);
  }

  remove(key: string, lease: Lease): void {
    for (const pool of poolsOf(lease)) {
      this.#leases.delete(pool.key, key);
      for (const isWild of [true, false]) this.#fullUntil.delete(`${pool.key} ${isWild}`);
    }
  }

  /** What has to go so that the lease fits all its pools; or the first cap that leaves it out. Nothing may go while upstreams fail. */
  roomFor(
    lease: Lease,
    now: number,
    mayEvict: boolean,
  ): { readonly evict: readonly Lease[] } | { readonly leftOut: Cap } {
    const evict = new Set<Lease>();
    const isWild = lease.ruleId !== undefined && this.#deps.isWildcard(lease.ruleId);
    for (const { cap, key } of poolsOf(lease)) {
      const going = [...evict].filter((one) => this.#leases.has(key, leaseKey(one)));
      const size = this.#leases.sizeOf(key) - going.length;
      if (size < this.#deps.limits[cap]) continue;
      if (!mayEvict) return { leftOut: cap };
      if (now < (this.#fullUntil.get(`${key} ${isWild}`) ?? 0)) return { leftOut: cap };
      const leases = this.#leases.of(key).filter((one) => !evict.has(one));
      const found = makeRoom(lease, { cap, limit: this.#deps.limits[cap], leases, size }, this.#deps, now);
      if (found === undefined) {
        this.#noteFull(`${key} ${isWild}`, leases, now);
        return { leftOut: cap };
      }
      for (const one of found) evict.add(one);
    }
    return { evict: [...evict] };
  }

  /** Looking through thousands for each newcomer of a flood would be its success. */
  #noteFull(key: string, leases: readonly Lease[], now: number): void {
    const ends = leases.map((one) => this.#deps.neededUntil(one)).filter((end) => end > now);
    this.#fullUntil.set(key, Math.min(now + LOOK_AGAIN_MS, ...ends));
  }
}

/** At most this long nothing is looked for in a full pool: what was left out is asked for again by then. */
const LOOK_AGAIN_MS = 1000;

function hasSamePools(one: Lease, other: Lease): boolean {
  return one.ruleId === other.ruleId && (one.cause === 'adopted') === (other.cause === 'adopted');
}

/** In the order in which they are asked. What was adopted is not ours to count. */
function poolsOf(lease: Lease): readonly { readonly cap: Pool['cap']; readonly key: string }[] {
  const { groupId, name, address, ruleId, cause } = lease;
  if (cause === 'adopted') return [];
  const ofName = { cap: 'name', key: `name ${groupId} ${familyOf(address)} ${name}` } as const;
  if (ruleId === undefined) return [ofName, { cap: 'learn', key: `learn ${groupId}` }];
  return [ofName, { cap: 'rule', key: `rule ${ruleId}` }, { cap: 'group', key: `group ${groupId}` }];
}
