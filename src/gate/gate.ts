/**
 * The gate of the data plane: tells what is confirmed, asks for the rest, and holds an answer that has nothing yet.
 *
 *   pass ─▶ learning, paused, no firewall ──▶ tell all, lease behind
 *        ─▶ stale ─────────────────────────▶ the same with what is still held, and never more than that
 *        ─▶ something confirmed ───────────▶ tell it, open or renew the rest behind
 *        ─▶ told before, its term runs ────▶ tell that again, open the rest behind
 *        ─▶ nothing confirmed, hopeless ───▶ what is confirmed of an answer before, for a moment; else onHoldLimit at once
 *        ─▶ all that may come is left out ─▶ withhold at once, and say which cap left it out
 *        ─▶ nothing confirmed ─────────────▶ lease, and hold until the view shows one, or the deadline ─▶ as where it is hopeless
 */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import type { GateResult } from '../dns/query-context.ts';
import { type LeaseKey, type LeaseRequest, type LeftOut, WHY_LEFT_OUT } from '../ledger/lease.ts';
import { Asked } from './asked.ts';
import { ConfirmedView, type Held } from './confirmed-view.ts';
import { decideGate, ENOUGH_ADDRESSES, type GateDecision, type GateInput } from './decide.ts';
import { Holds } from './holds.ts';
import { type GateGroup, leaseRequests, type PassRequest, tellableS } from './pass.ts';
import { type NeededTerm, TermWatch } from './term-watch.ts';
import { ToldTerms } from './told-terms.ts';

export interface GateOptions {
  readonly clock: Clock;
  /** Sends lease requests to the ledger; never waits. */
  readonly request: (leases: readonly LeaseRequest[]) => void;
  /** Addresses of one family that a name may have open. */
  readonly perName: number;
  /** How long what was told must be held, as the policy in force says; see TermWatch. */
  readonly needed: (lease: LeaseKey) => NeededTerm | undefined;
}

export interface GateCounters {
  /** Answers that had to wait. */
  held: number;
  /** Answers told unconfirmed at once, because the write budget of a firewall was spent. */
  toldOverBudget: number;
}

type TellResult = Extract<GateResult, { kind: 'tell' }>;
type Told = Pick<GateDecision, 'tell' | 'ttlS'>;

/** Addresses of one answer that learning or a pause tells and opens. */
const UNAPPROVED_ADDRESSES = 16;

/** Seconds an answer may be kept that is not the one to be told: the client comes back soon, and is then told what is confirmed. */
const SHORT_TTL_S = 10;

export class Gate {
  readonly counters: GateCounters = { held: 0, toldOverBudget: 0 };
  readonly #clock: Clock;
  readonly #request: (leases: readonly LeaseRequest[]) => void;
  readonly #perName: number;
  readonly #view = new ConfirmedView();
  readonly #holds: Holds;
  readonly #asked: Asked;
  readonly #toldTerms: ToldTerms;
  readonly #termWatch: TermWatch;
  #hopeless: ReadonlySet<number> = new Set();
  #overBudget: ReadonlySet<number> = new Set();

  constructor({ clock, request, perName, needed }: GateOptions) {
    this.#clock = clock;
    this.#request = request;
    this.#perName = perName;
    this.#holds = new Holds(clock);
    this.#asked = new Asked(clock);
    this.#toldTerms = new ToldTerms(clock);
    const toldUntil = (lease: LeaseKey) => this.#toldTerms.until(lease);
    this.#termWatch = new TermWatch({ clock, toldUntil, needed });
  }

  /** Addresses that clients were told and may use for longer than they are held now. */
  get cutShort(): number {
    return this.#termWatch.cutShort;
  }

  /** True when addresses of the name are open for the group. */
  knows(groupId: number, name: DomainName): boolean {
    return this.#view.heldOf(groupId, name).size > 0;
  }

  /** What the control plane saw, and what it leaves out; wakes the answers that wait for it. */
  update(
    changes: readonly Held[],
    hopeless: readonly number[],
    whole: readonly number[] = [],
    leftOut: readonly LeftOut[] = [],
    overBudget: readonly number[] = [],
  ): void {
    this.#view.update(changes, whole);
    this.#termWatch.see(changes);
    this.#hopeless = new Set(hopeless);
    this.#overBudget = new Set(overBudget);
    this.#asked.update(changes, leftOut, whole.length > 0);
    if (this.#holds.isEmpty) return;
    const names = new Set([...changes, ...leftOut].map(({ groupId, name }) => waitKey(groupId, name)));
    this.#holds.wake((key) => names.has(key) || this.#hopeless.has(groupOf(key)));
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

  /** Somebody has had the cache flushed: only what an upstream says now is told. */
  forgetTold(): void {
    this.#toldTerms.forget();
  }

  pass(request: PassRequest): GateResult | Promise<GateResult> {
    const { group, allowed, addresses } = request;
    const ttlS = tellableS(request, this.#clock.now());
    if (!group.gated || !allowed.enforced) {
      // What nobody approved opens little: one name with a thousand addresses must not keep the others waiting.
      const some = group.gated ? addresses.slice(0, UNAPPROVED_ADDRESSES) : addresses;
      if (!group.gated || group.learnAlias || allowed.reason === 'paused') {
        const wanted = request.stale && group.gated ? this.#stillHeld(request) : some;
        this.#open(request, this.#asked.notCoveredYet(request, wanted));
      }
      return this.#tell(request, { tell: some, ttlS }, true);
    }
    return request.stale ? this.#passStale(request) : this.#passEnforced(request);
  }

  /** An old answer keeps open what is open. What was closed since may be somebody else's address by now. */
  #passStale(request: PassRequest): GateResult | Promise<GateResult> {
    const addresses = this.#stillHeld(request);
    if (addresses.length > 0) return this.#passEnforced({ ...request, addresses });
    const others = this.#decide(request, { mayWait: false, mayOpen: () => false });
    this.#ask(request, others);
    if (others.tell.length > 0) return this.#told(request, others);
    return this.#withheld(
      request,
      'no upstream answers, and no address of the last good answer is still open',
    );
  }

  #stillHeld({ group, name, addresses }: PassRequest): readonly IpAddress[] {
    const held = this.#view.heldOf(group.id, name);
    return addresses.filter((address) => (held.get(address) ?? 0) > this.#clock.now());
  }

  #passEnforced(request: PassRequest): GateResult | Promise<GateResult> {
    const decision = this.#decide(request);
    this.#ask(request, decision);
    return this.#passNow(request, decision) ?? this.#hold(request);
  }

  /** undefined: something may still come that is worth waiting for. */
  #passNow(request: PassRequest, decision: GateDecision): GateResult | undefined {
    if (decision.tell.length > 0) return this.#told(request, decision);
    if (this.#hopeless.has(request.group.id))
      return this.#atHoldLimit(request, 'the firewall cannot confirm anything now');
    return decision.open.length === 0 ? this.#leftOut(request) : undefined;
  }

  async #hold(request: PassRequest): Promise<GateResult> {
    const key = waitKey(request.group.id, request.name);
    const deadline = Math.min(request.deadline, request.allowed.endsAt ?? Number.POSITIVE_INFINITY);
    if (request.asked && deadline > this.#clock.now()) this.counters.held++;
    for (;;) {
      const left = deadline - this.#clock.now();
      if (left <= 0) return this.#atHoldLimit(request, 'the firewall did not confirm in time');
      await this.#holds.wait(key, left);
      const decision = this.#decide(request);
      if (this.#clock.now() < deadline) this.#ask(request, decision);
      const result = this.#passNow(request, decision);
      if (result !== undefined) return result;
    }
  }

  #ask(request: PassRequest, { open, renew }: GateDecision): void {
    this.#open(request, [...this.#asked.notAskedYet(request, open), ...renew]);
  }

  #told(request: PassRequest, decision: Told): GateResult {
    const standing = this.#view.standingOf(request.group.id, request.name);
    return { ...this.#tell(request, decision, true), ...(standing && { standing }) };
  }

  #tell({ group, name, asked }: PassRequest, { tell, ttlS }: Told, confirmed: boolean): TellResult {
    if (asked && group.gated) this.#toldTerms.note({ groupId: group.id, name }, tell, ttlS);
    return { kind: 'tell', addresses: tell, ttlS, confirmed };
  }

  /** What is open of an answer before is better than what is closed, and than nothing; it is kept open for as long as it is told. */
  #atHoldLimit(request: PassRequest, why: string): GateResult {
    const shortly = { ...request, ttlS: Math.min(request.ttlS, SHORT_TTL_S) };
    const others = this.#decide(shortly, { mayWait: false });
    if (others.tell.length > 0) {
      this.#open(shortly, others.renew);
      return this.#told(shortly, others);
    }
    if (request.group.onHoldLimit === 'servfail') return this.#withheld(request, why);
    const addresses = request.addresses.filter(
      (address) => this.#asked.capOf(request, address) === undefined,
    );
    if (addresses.length === 0) return this.#leftOut(request);
    if (request.asked && this.#overBudget.has(request.group.id)) this.counters.toldOverBudget++;
    const ttlS = tellableS(shortly, this.#clock.now());
    return this.#tell(request, { tell: addresses.slice(0, ENOUGH_ADDRESSES), ttlS }, false);
  }

  #withheld(request: PassRequest, why: string): Extract<GateResult, { kind: 'withhold' }> {
    return { kind: 'withhold', why, otherFamily: this.#tellsOtherFamily(request) };
  }

  #leftOut(request: PassRequest): GateResult {
    const leftOutBy =
      request.addresses.map((one) => this.#asked.capOf(request, one)).find((one) => one !== undefined) ??
      'name';
    const why = `its addresses are not opened: ${WHY_LEFT_OUT[leftOutBy]}`;
    return { ...this.#withheld(request, why), leftOutBy };
  }

  #decide(request: PassRequest, otherwise: Partial<GateInput> = {}): GateDecision {
    const { group, allowed, name, addresses } = request;
    const held = this.#view.heldOf(group.id, name);
    return decideGate({
      addresses,
      ttlS: tellableS(request, this.#clock.now()),
      now: this.#clock.now(),
      graceMs: group.graceMs,
      headroomMs: group.headroomMs,
      frugal: group.frugal,
      endsAt: allowed.endsAt,
      held,
      perName: this.#perName,
      mayOpen: this.#asked.mayOpen(request),
      toldUntil: (address) => this.#toldTerms.until({ groupId: group.id, name, address }),
      mayWait: true,
      ...otherwise,
    });
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
    if (addresses.length > 0) this.#request(leaseRequests(request, addresses, this.#clock.now()));
  }
}

function groupOf(key: string): number {
  return Number(key.slice(0, key.indexOf(' ')));
}

function waitKey(groupId: number, name: DomainName): string {
  return `${groupId} ${name}`;
}
