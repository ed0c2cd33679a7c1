import type { DomainName } from '../base/domain-name.ts';
import { type Family, familyOf, type IpAddress } from '../base/ip-address.ts';
import {
  type Cap,
  ENDED_REMEMBERED_MS,
  type EndedLease,
  type Lease,
  type LeaseEndCause,
  type LeaseKey,
  type LeaseRequest,
  type LeftOut,
  leaseKey,
} from './lease.ts';
import { LastEnds, LiveLeases } from './lease-index.ts';
import { type LeaseStore, LeaseWriter } from './lease-writer.ts';
import { Opening } from './opening.ts';
import { Outages } from './outages.ts';
import { Pools, type PoolsDeps } from './pools.ts';

export interface Opened {
  readonly leases: readonly Lease[];
  /** Asked for, and not opened: a cap is reached. */
  readonly leftOut: readonly LeftOut[];
  /** Ended to make room. */
  readonly evicted: readonly Lease[];
}

/** Milliseconds: workers acknowledge a withdrawal sooner, or it is not made. */
const CROSSING_MS = 5000;

/** All leases in force, and those that ended lately. The one place that decides what ought to be open. */
export class Ledger {
  #onChanged: (lease: Lease, before: Lease | undefined) => void = () => {};
  readonly #live = new LiveLeases();
  readonly #ended = new LastEnds();
  readonly #outages = new Outages();
  readonly #writer: LeaseWriter;
  readonly #pools: Pools;

  constructor(store: LeaseStore, caps: PoolsDeps = NO_CAPS) {
    this.#writer = new LeaseWriter(store, this.#live);
    this.#pools = new Pools(caps);
  }

  /** Who is told of each lease that was opened or changed, whoever did it: one has to look after its end. `before`: in whose place it is. */
  watch(onChanged: (lease: Lease, before: Lease | undefined) => void): void {
    this.#onChanged = onChanged;
  }

  /** Puts back what the store held when we stopped; nothing is written. */
  restore(leases: readonly Lease[], ended: readonly EndedLease[]): void {
    for (const lease of leases) {
      this.#remember(lease);
      if (lease.cause === 'outage') this.#outages.restore(lease);
    }
    for (const lease of ended) this.#ended.add(lease);
  }

  /**
   * The leases that these would open or extend, where they are open already and nothing of them would change;
   * undefined: something has to be written. Answers are repeated far more often than they say something new.
   */
  alreadyOpen(requests: readonly LeaseRequest[], now: number): readonly Lease[] | undefined {
    const leases: Lease[] = [];
    for (const request of requests) {
      const live = this.#live.get(request);
      if (live === undefined || !isSame(live, grown(live, request, now))) return undefined;
      if (this.#writer.isLate(request)) return undefined;
      leases.push(live);
    }
    for (const lease of leases) this.#answered(lease);
    return leases;
  }

  /**
   * Opens or extends; committed when this returns. A live lease only ever grows, takes the newest rule,
   * and an answer under a rule is never weakened into one by learning, nor what was learnt into what ends with a pause. What does
   * not fit its caps is left out.
   */
  open(requests: readonly LeaseRequest[], now: number): Opened {
    const opening = new Opening(this.#live, this.#pools);
    const leftOut: LeftOut[] = [];
    const isLive = (request: LeaseRequest) => this.#live.get(request) !== undefined;
    // What is open and was told once more first: it must make no room for the rest of its own answer.
    const inOrder = [...requests.filter(isLive), ...requests.filter((request) => !isLive(request))];
    try {
      for (const request of inOrder) {
        const live = opening.get(request);
        const lease = live === undefined ? { ...request, startedAt: now } : grown(live, request, now);
        const cap = live === undefined ? this.#makeRoom(lease, opening, now) : undefined;
        const { groupId, name, address } = request;
        if (cap === undefined) opening.draft(lease);
        else leftOut.push({ groupId, name, address, cap });
      }
      this.#save(opening.drafts, now, opening.evicted);
    } catch (error) {
      opening.undo();
      throw error;
    }
    const { drafts: leases, evicted } = opening;
    for (const lease of evicted) this.#forget(lease, now, 'evicted', false);
    for (const lease of leases) {
      this.#place(lease);
      this.#answered(lease);
    }
    return { leases, leftOut, evicted };
  }

  /** Writes down what is in memory only. Throws while the disk is full; nothing is written where nothing is late. */
  writeLate(): void {
    this.#writer.writeLate();
  }

  /** Extends what is live and writes it down later, for a disk that is full; new addresses are left out. */
  extendUnsaved(requests: readonly LeaseRequest[]): void {
    for (const request of requests) {
      const live = this.#live.get(request);
      if (live === undefined) continue;
      this.#writer.putOff(request);
      const { toldUntil, until } = grown(live, request, 0);
      this.#remember({ ...live, toldUntil, until });
    }
  }

  /** Rewrites leases as given, ends included: for a change of rule or mode. Committed when this returns. */
  replace(leases: readonly Lease[], now: number): void {
    if (leases.length === 0) return;
    const next = leases.map((lease) => {
      const live = this.#live.get(lease);
      return live !== undefined && isTakenOver(live, lease) ? { ...lease, startedAt: now } : lease;
    });
    this.#save(next, now, []);
    for (const lease of next) this.#remember(lease);
  }

  /**
   * Ended here even when this throws because it cannot be written down, which is made good with the next write.
   * A restart before that does no harm: what is due, or has no rule any more, ends there.
   */
  end(
    leases: readonly Lease[],
    now: number,
    cause: LeaseEndCause,
    temporary: (ruleId: number) => boolean,
  ): void {
    if (leases.length === 0) return;
    for (const lease of leases) {
      const live = this.#live.get(lease);
      if (live !== undefined) this.#pools.remove(live);
      this.#forget(lease, now, cause, lease.ruleId !== undefined && temporary(lease.ruleId));
    }
    this.#ended.forgetBefore(now - ENDED_REMEMBERED_MS);
    this.#writer.end({ leases, at: now, cause });
  }

  /**
   * A name's leases of one family as they would go on while its upstreams fail, `stepMs` at a time; to be put back with replace().
   * None once the outage has lasted a day: they have had their time.
   */
  throughOutage(
    groupId: number,
    name: DomainName,
    family: Family,
    now: number,
    stepMs: number,
  ): readonly Lease[] {
    if (!this.#outages.goesOn(groupId, name, family, now)) return [];
    return this.ofQuestion(groupId, name, family).map(
      (lease): Lease => ({
        ...lease,
        // Without a rule the cause says what it must end with: learning, or the pause.
        // One in use keeps the start of that, which bounds it.
        cause: lease.ruleId === undefined || lease.cause === 'in-use' ? lease.cause : 'outage',
        until: Math.max(lease.until, now + stepMs),
      }),
    );
  }

  /**
   * Upstreams were heard to fail, for whatever name. What nobody has looked at yet may need to be kept as well, so for a while
   * nothing makes room for a newcomer.
   */
  upstreamFailed(now: number): void {
    this.#outages.upstreamFailed(now);
  }

  /** True where no upstream answers for the name, and what is open for it is kept. */
  isInOutage(key: LeaseKey, now: number): boolean {
    return this.#outages.keeps(key, now);
  }

  /** An upstream answered for the name; the next outage has its own day. */
  outageOver(groupId: number, name: DomainName, family: Family): void {
    this.#outages.over(groupId, name, family);
  }

  live(): Iterable<Lease> {
    return this.#live.all();
  }

  /** Another one after each change of what is live. */
  get revision(): number {
    return this.#live.revision;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Each that a live lease leads to. */
  addresses(): Iterable<IpAddress> {
    return this.#live.addresses();
  }

  get(key: LeaseKey): Lease | undefined {
    return this.#live.get(key);
  }

  ofName(groupId: number, name: DomainName): readonly Lease[] {
    return this.#live.ofName(groupId, name);
  }

  /** The same of one family. */
  ofQuestion(groupId: number, name: DomainName, family: Family): readonly Lease[] {
    return this.ofName(groupId, name).filter(({ address }) => familyOf(address) === family);
  }

  /** Of every group and name that leads to the address. */
  ofAddress(address: IpAddress): readonly Lease[] {
    return this.#live.ofAddress(address);
  }

  /** Each name and address once, by its last end. */
  recentlyEnded(): Iterable<EndedLease> {
    return this.#ended.all();
  }

  /** The same of one address, oldest first. */
  endedAt(address: IpAddress): readonly EndedLease[] {
    return this.#ended.of(address);
  }

  /** Evicts what has to go so that the lease fits its caps; the first cap that leaves it out. */
  #makeRoom(lease: Lease, opening: Opening, now: number): Cap | undefined {
    if (this.#wasToldAsItWasEvicted(lease, now)) return undefined;
    const room = this.#pools.roomFor(lease, opening, now, !this.#outages.mayGrow(now));
    if ('leftOut' in room) return room.leftOut;
    for (const one of room.evict) opening.evict(one);
    return undefined;
  }

  /** Where nothing is held back, an address may be told until the workers know that a cap has ended it. */
  #wasToldAsItWasEvicted(request: LeaseRequest, now: number): boolean {
    if (request.cause !== 'learn') return false;
    const key = leaseKey(request);
    return this.#ended
      .of(request.address)
      .some((one) => one.endCause === 'evicted' && now - one.endedAt < CROSSING_MS && leaseKey(one) === key);
  }

  /** With them the end of what they replace and of what made room for them. */
  #save(leases: readonly Lease[], at: number, evicted: readonly Lease[]): void {
    const takenOver = leases.filter((lease) => {
      const live = this.#live.get(lease);
      return live !== undefined && isTakenOver(live, lease);
    });
    this.#writer.save(leases, [
      { leases: takenOver, at, cause: 'taken-over' },
      { leases: evicted, at, cause: 'evicted' },
    ]);
  }

  #forget(lease: Lease, endedAt: number, endCause: LeaseEndCause, byTemporaryRule: boolean): void {
    const { groupId, name, address, ruleId } = lease;
    this.#live.delete(lease);
    this.#writer.forget(lease);
    const temporary = lease.cause === 'pause' || byTemporaryRule;
    this.#ended.add({ groupId, name, address, ruleId, endedAt, endCause, temporary });
  }

  /** Opened for an answer, and not for the last good one of an outage. */
  #answered({ cause, groupId, name, address }: Lease): void {
    if (cause !== 'outage') this.outageOver(groupId, name, familyOf(address));
  }

  #remember(lease: Lease): void {
    this.#pools.put(lease, this.#live.get(lease));
    this.#place(lease);
  }

  /** One that the pools count already. */
  #place(lease: Lease): void {
    const before = this.#live.set(lease);
    this.#onChanged(lease, before);
  }
}

/** The live lease with what a request adds to it. */
function grown(live: Lease, request: LeaseRequest, now: number): Lease {
  // What a pause tells ends with the pause, and the term of what was learnt goes on.
  const isLearnt = live.cause === 'learn' && request.cause === 'pause';
  const kept = isLearnt || (request.ruleId === undefined && live.ruleId !== undefined) ? live : request;
  const lease = {
    ...live,
    ruleId: kept.ruleId,
    cause: kept.cause,
    toldUntil: isLearnt ? live.toldUntil : Math.max(live.toldUntil, request.toldUntil),
    until: Math.max(live.until, request.until),
  };
  return isTakenOver(live, lease) ? { ...lease, startedAt: now } : lease;
}

function isSame(live: Lease, lease: Lease): boolean {
  return !isTakenOver(live, lease) && live.until === lease.until && live.toldUntil === lease.toldUntil;
}

/** History keeps an interval for each reason why the address was open. */
function isTakenOver(live: Lease, lease: Lease): boolean {
  return live.ruleId !== lease.ruleId || live.cause !== lease.cause;
}

const UNLIMITED = Number.POSITIVE_INFINITY;

const NO_CAPS: PoolsDeps = {
  limits: { name: UNLIMITED, rule: UNLIMITED, group: UNLIMITED, learn: UNLIMITED },
  neededUntil: () => UNLIMITED,
  isWildcard: () => false,
};
