/**
 * The gate of the data plane: tells what is confirmed, asks for the rest, and holds an answer that has nothing yet.
 *
 *   pass ─▶ learning, paused, no firewall ──▶ tell all, lease behind
 *        ─▶ stale ─────────────────────────▶ the same with what is still held, and never more than that
 *        ─▶ something confirmed ───────────▶ tell it, open or renew the rest behind
 *        ─▶ nothing confirmed, hopeless ───▶ onHoldLimit at once
 *        ─▶ nothing confirmed ─────────────▶ lease, and hold until the view shows one, or the deadline ─▶ onHoldLimit
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import type { LeaseCause, LeaseRequest } from '../ledger/lease.ts';
import { ConfirmedView, type Held } from './confirmed-view.ts';
import { decideGate, ENOUGH_ADDRESSES, type GateDecision, leaseTermMs } from './decide.ts';

export interface GateGroup {
  readonly id: number;
  readonly gated: boolean;
  readonly learnAlias: boolean;
  readonly onHoldLimit: 'answer' | 'servfail';
  readonly graceMs: number;
  readonly headroomMs: number;
}

export interface PassRequest {
  readonly group: GateGroup;
  readonly allowed: {
    readonly reason: 'rule' | 'learn' | 'paused';
    readonly rule: { readonly id: number } | undefined;
    /** True when the group's mode is enforce: only then is an answer held. */
    readonly enforced: boolean;
    /** When a temporary rule or a pause ends by itself: nothing is told or leased past it. */
    readonly endsAt: number | undefined;
  };
  readonly name: DomainName;
  /** False when we keep the name warm ourselves. */
  readonly asked: boolean;
  /** True when no upstream answers, and this is the last good answer. */
  readonly stale: boolean;
  readonly addresses: readonly IpAddress[];
  readonly ttlS: number;
  readonly deadline: number;
}

export type PassResult =
  | {
      readonly kind: 'tell';
      readonly addresses: readonly IpAddress[];
      readonly ttlS: number;
      /** False: told because the hold limit was reached; asked again, there may be a better answer. */
      readonly confirmed: boolean;
      /** Breaks when one of the addresses is withdrawn or ends earlier: what was told must not be told again then. */
      readonly standing?: { readonly holds: boolean };
    }
  /** otherFamily: the name has addresses of the other family that may be told. */
  | { readonly kind: 'withhold'; readonly why: string; readonly otherFamily: boolean };

export interface GateOptions {
  readonly clock: Clock;
  /** Sends lease requests to the ledger; never waits. */
  readonly request: (leases: readonly LeaseRequest[]) => void;
}

export interface GateCounters {
  /** Answers that had to wait. */
  held: number;
}

/** Addresses of one answer that learning or a pause tells and opens. */
const UNAPPROVED_ADDRESSES = 16;

/** Seconds an unconfirmed answer may be kept: the client comes back soon, and is then told what is confirmed. */
const UNCONFIRMED_TTL_S = 10;

export class Gate {
  readonly counters: GateCounters = { held: 0 };
  readonly #clock: Clock;
  readonly #request: (leases: readonly LeaseRequest[]) => void;
  readonly #view = new ConfirmedView();
  readonly #waiting = new Map<string, Set<() => void>>();
  #hopeless: ReadonlySet<number> = new Set();

  constructor({ clock, request }: GateOptions) {
    this.#clock = clock;
    this.#request = request;
  }

  /** True when addresses of the name are open for the group. */
  knows(groupId: number, name: DomainName): boolean {
    return this.#view.heldOf(groupId, name).size > 0;
  }

  /** What the control plane saw; wakes the answers that wait for it. */
  update(changes: readonly Held[], hopeless: readonly number[], whole: readonly number[] = []): void {
    this.#view.update(changes, whole);
    this.#hopeless = new Set(hopeless);
    const names = new Set(changes.map(({ groupId, name }) => waitKey(groupId, name)));
    for (const [key, waiting] of this.#waiting) {
      const groupId = Number(key.slice(0, key.indexOf(' ')));
      if (names.has(key) || this.#hopeless.has(groupId)) for (const wake of [...waiting]) wake();
    }
  }

  /** Until when an address may be told for a name, the grace behind it held as well; undefined: it is not confirmed. */
  tellableUntil(
    { id, graceMs }: Pick<GateGroup, 'id' | 'graceMs'>,
    name: DomainName,
    address: IpAddress,
  ): number | undefined {
    const until = this.#view.heldOf(id, name).get(address);
    return until === undefined ? undefined : until - graceMs;
  }

  pass(request: PassRequest): PassResult | Promise<PassResult> {
    const { group, allowed, addresses } = request;
    const ttlS = this.#tellable(request);
    if (!group.gated || !allowed.enforced) {
      // What nobody approved opens little: one name with a thousand addresses must not keep the others waiting.
      const some = group.gated ? addresses.slice(0, UNAPPROVED_ADDRESSES) : addresses;
      if (!group.gated || group.learnAlias || allowed.reason === 'paused') {
        this.#open(request, request.stale && group.gated ? this.#stillHeld(request) : some);
      }
      return { kind: 'tell', addresses: some, ttlS, confirmed: true };
    }
    return request.stale ? this.#passStale(request) : this.#passEnforced(request);
  }

  /** An old answer keeps open what is open. What was closed since may be somebody else's address by now. */
  #passStale(request: PassRequest): PassResult | Promise<PassResult> {
    const addresses = this.#stillHeld(request);
    if (addresses.length > 0) return this.#passEnforced({ ...request, addresses });
    const why = 'no upstream answers, and no address of the last good answer is still open';
    return { kind: 'withhold', why, otherFamily: this.#tellsOtherFamily(request) };
  }

  #stillHeld({ group, name, addresses }: PassRequest): readonly IpAddress[] {
    const held = this.#view.heldOf(group.id, name);
    return addresses.filter((address) => (held.get(address) ?? 0) > this.#clock.now());
  }

  #passEnforced(request: PassRequest): PassResult | Promise<PassResult> {
    const { group } = request;
    const decision = this.#decide(request);
    const wanted = [...decision.open, ...decision.renew];
    if (wanted.length > 0) this.#open(request, wanted);
    if (decision.tell.length > 0) return this.#told(request, decision);
    if (this.#hopeless.has(group.id))
      return this.#atHoldLimit(request, 'the firewall cannot confirm anything now');
    return this.#hold(request);
  }

  async #hold(request: PassRequest): Promise<PassResult> {
    if (request.asked) this.counters.held++;
    const key = waitKey(request.group.id, request.name);
    for (;;) {
      const left = request.deadline - this.#clock.now();
      if (left <= 0) return this.#atHoldLimit(request, 'the firewall did not confirm in time');
      await this.#woken(key, left);
      const decision = this.#decide(request);
      if (decision.tell.length > 0) return this.#told(request, decision);
      if (this.#hopeless.has(request.group.id))
        return this.#atHoldLimit(request, 'the firewall cannot confirm anything now');
    }
  }

  #woken(key: string, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const wake = () => {
        cancel();
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(key);
        resolve();
      };
      const cancel = this.#clock.after(limitMs, wake);
      waiting.add(wake);
    });
  }

  #told({ group, name }: PassRequest, { tell, ttlS }: GateDecision): PassResult {
    const standing = this.#view.standingOf(group.id, name);
    return { kind: 'tell', addresses: tell, ttlS, confirmed: true, ...(standing && { standing }) };
  }

  #atHoldLimit(request: PassRequest, why: string): PassResult {
    if (request.group.onHoldLimit === 'servfail')
      return { kind: 'withhold', why, otherFamily: this.#tellsOtherFamily(request) };
    return {
      kind: 'tell',
      addresses: request.addresses.slice(0, ENOUGH_ADDRESSES),
      ttlS: Math.min(this.#tellable(request), UNCONFIRMED_TTL_S),
      confirmed: false,
    };
  }

  #decide(request: PassRequest): GateDecision {
    const { group, allowed, name, addresses } = request;
    const held = this.#view.heldOf(group.id, name);
    return decideGate({
      addresses,
      ttlS: this.#tellable(request),
      now: this.#clock.now(),
      graceMs: group.graceMs,
      headroomMs: group.headroomMs,
      endsAt: allowed.endsAt,
      heldUntil: (address) => held.get(address),
    });
  }

  /** Seconds the answer may be told now: never past the end of its rule or pause. */
  #tellable({ allowed: { endsAt }, ttlS }: PassRequest): number {
    if (endsAt === undefined) return ttlS;
    return Math.max(0, Math.min(ttlS, Math.floor((endsAt - this.#clock.now()) / 1000)));
  }

  #tellsOtherFamily({ group, name, addresses }: PassRequest): boolean {
    const families = new Set(addresses.map(familyOf));
    return this.#view
      .heldOf(group.id, name)
      .entries()
      .some(
        ([address, until]) => !families.has(familyOf(address)) && until - group.graceMs > this.#clock.now(),
      );
  }

  #open(request: PassRequest, addresses: readonly IpAddress[]): void {
    const { group, allowed, name } = request;
    const now = this.#clock.now();
    if (addresses.length === 0) return;
    const ttlS = this.#tellable(request);
    const toldUntil = now + ttlS * 1000;
    const until = Math.min(
      now + leaseTermMs(ttlS, group.graceMs, group.headroomMs),
      allowed.endsAt ?? Number.POSITIVE_INFINITY,
    );
    this.#request(
      addresses.map((address) => ({
        groupId: group.id,
        name,
        address,
        ruleId: allowed.rule?.id,
        cause: causeOf(request),
        toldUntil,
        until,
      })),
    );
  }
}

function causeOf({ allowed, stale }: PassRequest): LeaseCause {
  if (allowed.reason === 'learn') return 'learn';
  if (allowed.reason === 'paused') return 'pause';
  return stale ? 'outage' : 'answer';
}

function waitKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}
