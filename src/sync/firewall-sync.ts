/**
 * Keeps one alias on one firewall equal to what the ledger wants, and knows what the firewall was last seen to hold.
 *
 *   schedule | nudge | lease-end | person | start
 *        └──▶ one run at a time; what is asked meanwhile is one more run after it
 *             read ▶ adopt? ▶ plan ▶ guard ▶ budget ▶ withdraw from the workers ▶ apply ▶ read again ▶ held
 *   nudge for new addresses, where the driver can open() them
 *        └──▶ what is desired of these and not held ▶ open ▶ held; everything else waits for a run over the whole table
 */
import type { Clock } from '../base/clock.ts';
import { describeError, TransientDriverError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { withinLimit } from '../base/time-limit.ts';
import type { Addition, AliasChanges, Driver, Entries, Entry } from '../firewall/driver.ts';
import { describeChanges } from './describe-changes.ts';
import type { Desired, DesiredEntry } from './desired.ts';
import { guardChanges } from './guard.ts';
import { type OtherWriter, watchForOtherWriter } from './other-writer.ts';
import { isEmpty, planChanges } from './plan.ts';
import { createWriteBudget } from './write-budget.ts';

export type SyncTrigger = 'start' | 'schedule' | 'nudge' | 'lease-end' | 'person';

/** up: as desired. behind: reachable, but something desired was not seen in the table. down: the last run failed. */
export type FirewallState = 'starting' | 'up' | 'behind' | 'down';

export interface SyncRun {
  readonly trigger: SyncTrigger;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: 'unchanged' | 'applied' | 'held' | 'drift' | 'failed';
  /** Whole sentence for people; empty when there is nothing to say. */
  readonly detail: string;
  readonly desired: number;
  readonly current: number;
  readonly changes: readonly SyncChange[];
}

export interface SyncChange {
  readonly address: IpAddress;
  readonly change: 'add' | 'renew' | 'remove';
  readonly cause: string;
  readonly confirmed: boolean;
}

export interface HeldPlan {
  readonly at: number;
  readonly why: string;
  readonly removals: readonly IpAddress[];
}

/** What the run needs from the rest of the house. */
export interface SyncPorts {
  readonly clock: Clock;
  readonly log: Log;
  desired(): Desired;
  /** The same of one address. */
  desiredAt(address: IpAddress): DesiredEntry | undefined;
  /** Why an address that is no longer desired may go; undefined: nobody knows it. */
  removalCause(address: IpAddress): { readonly cause: string; readonly urgent: boolean } | undefined;
  /** Resolves when no worker tells these addresses any more. */
  withdraw(addresses: readonly IpAddress[]): Promise<void>;
  /** True until the alias was read for the first time: what it holds then is not foreign, it is taken over. */
  isNewAlias(): boolean;
  /** Takes over what a new alias already holds. Called with an empty list too: the alias is known from then on. */
  adopt(addresses: readonly IpAddress[]): void;
  /** What the firewall is seen to hold, or its state, has changed; `addresses`: of these alone. */
  onChange(addresses?: readonly IpAddress[]): void;
  onRun(run: SyncRun): void;
}

export interface SyncStatus {
  readonly state: FirewallState;
  readonly since: number;
  readonly lastRun: SyncRun | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastError: string | undefined;
  readonly retryAt: number | undefined;
  readonly entries: number;
  readonly heldPlan: HeldPlan | undefined;
  readonly writesToday: number;
}

/** Firewalls count in seconds: what they say is left may be that much less. */
const ROUNDING_MS = 1000;

/** One run may take this long; a firewall that is slower is down. Above pfSense's 61 s lock wait plus a slow reload. */
const RUN_LIMIT_MS = 120_000;
/** Additions of one run; at 40 ms a call and four at a time that is half a second. */
const PORTION = 50;
/** Additions of one run that looks at nothing else: some milliseconds of the kernel's, and as long as answers can wait. */
const OPEN_PORTION = 250;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

export class FirewallSync {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #budget: ReturnType<typeof createWriteBudget>;
  readonly #stop = new AbortController();
  #held = new Map<IpAddress, number>();
  readonly #withdrawn = new Set<IpAddress>();
  readonly #otherWriter: OtherWriter;
  /** The run under way, and the one that was asked for meanwhile. */
  #running: Promise<SyncRun> | undefined;
  #next: Promise<SyncRun> | undefined;
  #nudged: SyncTrigger | undefined;
  /** Addresses that a nudge was for; undefined: it was for whatever there may be. */
  #asked: Set<IpAddress> | undefined = new Set();
  /** Whatever talks to the driver waits for what came before it: one call at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #wasRead = false;
  /** What is being written may still be confirmed, even when it took the last of the budget. */
  #writing = false;
  #state: FirewallState = 'starting';
  #since: number;
  #lastRun: SyncRun | undefined;
  #lastSuccessAt: number | undefined;
  #lastError: string | undefined;
  #retryMs = FIRST_RETRY_MS;
  #retryAt: number | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelLater: (() => void) | undefined;
  #heldPlan: HeldPlan | undefined;
  #released: ReadonlySet<IpAddress> = new Set();

  constructor(driver: Driver, ports: SyncPorts) {
    this.#driver = driver;
    this.#ports = ports;
    this.#since = ports.clock.now();
    this.#otherWriter = watchForOtherWriter((address) =>
      ports.log.warn(
        { address },
        'another writer keeps adding this address to the alias; it is left alone from now on',
      ),
    );
    this.#budget = createWriteBudget(driver.capabilities.writeBudget, ports.clock);
  }

  /** Until when the firewall was last read as holding each address; Infinity where entries do not expire. */
  get held(): ReadonlyMap<IpAddress, number> {
    return this.#held;
  }

  /** False until the table was read once. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** False when it is known that nothing new can be confirmed in the time a client waits. */
  get canConfirm(): boolean {
    if (this.#driver.capabilities.confirms !== 'table' || this.#state === 'down') return false;
    return this.#budget.available() || this.#writing;
  }

  status(): SyncStatus {
    return {
      state: this.#state,
      since: this.#since,
      lastRun: this.#lastRun,
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      retryAt: this.#retryAt,
      entries: this.#held.size,
      heldPlan: this.#heldPlan,
      writesToday: this.#budget.writesToday(),
    };
  }

  /**
   * Asks for a run: at once when idle, one more after the one under way, and not before the back-off ends when down.
   * `addresses`: only these have become desired, or desired for longer.
   */
  nudge(trigger: SyncTrigger, addresses?: Iterable<IpAddress>): void {
    if (addresses === undefined) this.#asked = undefined;
    else for (const address of addresses) this.#asked?.add(address);
    if (this.#running !== undefined) this.#nudged ??= trigger;
    else if (this.#retryAt === undefined || this.#state !== 'down') void this.run(trigger);
  }

  /** Resolves with a run that began at or after this call; calls made during a run share the one after it. */
  run(trigger: SyncTrigger): Promise<SyncRun> {
    if (this.#running === undefined) return this.#start(trigger);
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start(trigger);
    });
    return this.#next;
  }

  /** What a run would change now; nothing is written. */
  dryRun(): Promise<{ readonly changes: AliasChanges; readonly held: string | undefined }> {
    return this.#inTurn(async (signal) => {
      const current = await this.#driver.read(signal);
      const plan = planChanges(current, this.#ports.desired(), this.#ports.clock.now());
      const verdict = guardChanges(plan, current.size, (address) => this.#hasCause(address));
      return { changes: plan, held: verdict.kind === 'held' ? verdict.why : undefined };
    });
  }

  /** Lets the held removals through; the next run makes them. False when nothing is held. */
  release(): boolean {
    if (this.#heldPlan === undefined) return false;
    this.#released = new Set(this.#heldPlan.removals);
    this.#heldPlan = undefined;
    return true;
  }

  /** Keeps what the held plan would have removed, as if it had been there at the first read. False when nothing is held. */
  drop(): boolean {
    if (this.#heldPlan === undefined) return false;
    this.#ports.adopt(this.#heldPlan.removals);
    this.#heldPlan = undefined;
    return true;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#cancelRetry?.();
    this.#cancelLater?.();
    await (this.#next ?? this.#running);
    await this.#driver.close();
  }

  #start(trigger: SyncTrigger): Promise<SyncRun> {
    const run = this.#inTurn((signal) => this.#runOnce(trigger, signal)).finally(() => {
      this.#running = undefined;
      const nudged = this.#nudged;
      this.#nudged = undefined;
      // A run that failed is repeated by its own alarm, and one that is waited for is the one after this.
      if (nudged !== undefined && this.#next === undefined) this.nudge(nudged, []);
    });
    this.#running = run;
    return run;
  }

  #inTurn<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = {
      clock: this.#ports.clock,
      ms: RUN_LIMIT_MS,
      late: () => new TransientDriverError(`The firewall was not done after ${RUN_LIMIT_MS / 1000} s`),
      stop: this.#stop.signal,
    };
    const done = this.#turn.then(() => withinLimit(limit, work));
    // Whoever asked is given the failure through `done`; here only the turn is passed on.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #runOnce(trigger: SyncTrigger, signal: AbortSignal): Promise<SyncRun> {
    const startedAt = this.#ports.clock.now();
    this.#cancelRetry?.();
    this.#retryAt = undefined;
    try {
      const opened = trigger === 'nudge' ? await this.#openAsked(signal) : undefined;
      if (opened !== undefined) {
        const finishedAt = this.#ports.clock.now();
        return this.#finish({ trigger, startedAt, finishedAt, ...opened.result }, opened.addresses);
      }
      const result = await this.#reconcile(signal);
      return this.#finish({ trigger, startedAt, finishedAt: this.#ports.clock.now(), ...result });
    } catch (error) {
      this.#writing = false;
      this.#withdrawn.clear();
      const run: SyncRun = {
        trigger,
        startedAt,
        finishedAt: this.#ports.clock.now(),
        outcome: 'failed',
        detail: describeError(error),
        desired: this.#ports.desired().size,
        current: this.#held.size,
        changes: [],
      };
      // Ended by ourselves: the firewall did nothing wrong.
      if (this.#stop.signal.aborted) return run;
      this.#retryLater(error);
      return this.#finish(run);
    }
  }

  /** Opens what a nudge was for without looking at the rest; undefined when only a run over the whole table will do. */
  async #openAsked(signal: AbortSignal) {
    const asked = this.#asked;
    const { clock } = this.#ports;
    if (this.#driver.open === undefined || asked === undefined || asked.size === 0) return undefined;
    if (this.#state !== 'up' || this.#ports.isNewAlias()) return undefined;
    const addresses = [...asked].slice(0, OPEN_PORTION);
    const now = clock.now();
    const desired = new Map<IpAddress, DesiredEntry>();
    for (const address of addresses) {
      const entry = this.#ports.desiredAt(address);
      if (entry !== undefined) desired.set(address, entry);
    }
    const current = new Map(
      addresses.flatMap((address): [IpAddress, Entry][] => {
        const heldUntil = this.#held.get(address);
        if (heldUntil === undefined || heldUntil <= now) return [];
        return [[address, heldUntil === Number.POSITIVE_INFINITY ? {} : { expiresInMs: heldUntil - now }]];
      }),
    );
    const plan = planChanges(current, desired, now);
    // What must be renewed or taken away is compared with the table first.
    if (plan.renew.length + plan.remove.length > 0) return undefined;
    for (const address of addresses) asked.delete(address);
    if (asked.size > 0) this.nudge('nudge', []);
    const { add } = plan;
    const counts = { desired: desired.size, current: this.#held.size };
    if (add.length === 0)
      return { addresses, result: { outcome: 'unchanged' as const, detail: '', changes: [], ...counts } };

    const appliedAt = clock.now();
    const after = await this.#driver.open(add, signal);
    for (const [address, entry] of after) this.#held.set(address, this.#heldUntil(entry));
    const changes = describeChanges({ add, renew: [], remove: [] }, after, clock.now() - appliedAt, {
      cause: (address) => desired.get(address)?.cause,
      removalCause: () => undefined,
    });
    return { addresses, result: { ...judged(changes), changes, ...counts } };
  }

  async #reconcile(signal: AbortSignal): Promise<Omit<SyncRun, 'trigger' | 'startedAt' | 'finishedAt'>> {
    const { clock } = this.#ports;
    // What is asked from here on may have come too late for this run.
    this.#asked = new Set();
    const current = await this.#driver.read(signal);
    // A write may take long; meanwhile nobody is told what was just seen to be gone.
    if (this.#see(current)) this.#ports.onChange();
    if (this.#ports.isNewAlias()) {
      const wanted = this.#ports.desired();
      this.#ports.adopt([...current.keys()].filter((address) => !wanted.has(address)));
    }

    const desired = this.#ports.desired();
    const verdict = guardChanges(planChanges(current, desired, clock.now()), current.size, (address) =>
      this.#hasCause(address),
    );
    this.#heldPlan = verdict.kind === 'held' ? this.#hold(verdict.why, verdict.heldRemovals) : undefined;
    const wanted = this.#affordable(this.#withoutForeign(this.#inPortions(verdict.changes, desired)));
    const remove = await this.#withdraw(wanted.remove);
    const changes = { ...wanted, remove };
    const counts = { desired: desired.size, current: current.size };
    if (isEmpty(changes)) {
      if (wanted.remove.length > 0) this.#seeAgain(current);
      return verdict.kind === 'held'
        ? { outcome: 'held', detail: verdict.why, changes: [], ...counts }
        : { outcome: 'unchanged', detail: '', changes: [], ...counts };
    }

    this.#budget.spend();
    this.#writing = true;
    const appliedAt = clock.now();
    await this.#driver.apply(changes, signal);
    const after = await this.#driver.read(signal);
    this.#seeAgain(after);
    this.#otherWriter.removed(remove.filter((address) => !this.#hasCause(address) && !after.has(address)));
    this.#released = this.#released.intersection(after);

    const made = describeChanges(changes, after, clock.now() - appliedAt, {
      cause: (address) => desired.get(address)?.cause,
      removalCause: (address) => this.#ports.removalCause(address)?.cause,
    });
    const judgement = judged(made);
    if (judgement.outcome === 'applied' && verdict.kind === 'held')
      return { outcome: 'held', detail: verdict.why, changes: made, ...counts };
    return { ...judgement, changes: made, ...counts };
  }

  /** Two phases: no worker tells the address any more, and no new lease has come up meanwhile; only then may it go. */
  async #withdraw(addresses: readonly IpAddress[]): Promise<readonly IpAddress[]> {
    if (addresses.length === 0) return [];
    for (const address of addresses) {
      this.#withdrawn.add(address);
      this.#held.delete(address);
    }
    await this.#ports.withdraw(addresses);
    const stillDesired = this.#ports.desired();
    return addresses.filter((address) => !stillDesired.has(address));
  }

  /** Much to add goes in portions, what clients were told under a rule first: each read-back lets answers go. */
  #inPortions(changes: AliasChanges, desired: Desired): AliasChanges {
    // Where every write is dear, one that holds everything is the cheapest.
    if (changes.add.length <= PORTION || this.#driver.capabilities.writeBudget !== undefined) return changes;
    const urgency = ({ address }: Addition) => (desired.get(address)?.cause === 'answer' ? 0 : 1);
    const sorted = changes.add.toSorted((a, b) => urgency(a) - urgency(b));
    const rest = sorted.slice(PORTION).map(({ address }) => address);
    this.#ports.clock.after(0, () => this.nudge('nudge', this.#driver.open === undefined ? undefined : rest));
    return { ...changes, add: sorted.slice(0, PORTION) };
  }

  /** The same plan is held since it was first held. */
  #hold(why: string, removals: readonly IpAddress[]): HeldPlan {
    const before = this.#heldPlan;
    return { at: before?.why === why ? before.at : this.#ports.clock.now(), why, removals };
  }

  #hasCause(address: IpAddress): boolean {
    return this.#released.has(address) || this.#ports.removalCause(address) !== undefined;
  }

  /** Leaves alone what somebody else keeps putting back. */
  #withoutForeign(changes: AliasChanges): AliasChanges {
    const remove = changes.remove.filter(
      (address) => this.#hasCause(address) || !this.#otherWriter.keeps(address),
    );
    return { ...changes, remove };
  }

  /** Where writes are dear, waits for the budget, and keeps removals that nobody waits for until there is something to add. */
  #affordable(changes: AliasChanges): AliasChanges {
    if (this.#driver.capabilities.writeBudget === undefined || isEmpty(changes)) return changes;
    const waits = this.#budget.waitMs();
    const urgent =
      changes.add.length > 0 ||
      changes.remove.some((address) => this.#ports.removalCause(address)?.urgent === true);
    // What a person closes is closed now, whatever it costs.
    if (changes.remove.some((address) => this.#ports.removalCause(address)?.cause === 'revoked'))
      return changes;
    if (waits === 0 && (urgent || this.#budget.removalsDue())) return changes;
    this.#cancelLater?.();
    const later = urgent ? waits : Math.max(waits, this.#budget.untilRemovalsMs());
    this.#cancelLater = this.#ports.clock.after(later, () => this.nudge('schedule'));
    return { add: [], renew: [], remove: [] };
  }

  #seeAgain(entries: Entries): void {
    this.#writing = false;
    this.#withdrawn.clear();
    this.#see(entries);
  }

  /** True when something that was held is not any more. */
  #see(entries: Entries): boolean {
    this.#wasRead = true;
    const before = this.#held;
    this.#held = new Map();
    for (const [address, entry] of entries) {
      if (this.#withdrawn.has(address)) continue;
      this.#held.set(address, this.#heldUntil(entry));
    }
    return before.keys().some((address) => !this.#held.has(address));
  }

  #heldUntil({ expiresInMs }: Entry): number {
    if (expiresInMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#ports.clock.now() + expiresInMs - ROUNDING_MS;
  }

  #finish(run: SyncRun, addresses?: readonly IpAddress[]): SyncRun {
    const state: FirewallState =
      run.outcome === 'failed' ? 'down' : run.outcome === 'drift' ? 'behind' : 'up';
    if (state !== this.#state) this.#since = run.finishedAt;
    this.#state = state;
    this.#lastRun = run;
    this.#lastError = run.outcome === 'failed' || run.outcome === 'drift' ? run.detail : undefined;
    if (run.outcome !== 'failed') {
      this.#lastSuccessAt = run.finishedAt;
      if (run.outcome === 'drift') this.#retryLater(undefined);
      else this.#retryMs = FIRST_RETRY_MS;
    }
    this.#ports.onChange(addresses);
    this.#ports.onRun(run);
    return run;
  }

  #retryLater(error: unknown): void {
    const asked = error instanceof TransientDriverError ? error.retryAfterMs : undefined;
    const wait = asked ?? this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#retryAt = this.#ports.clock.now() + wait;
    this.#cancelRetry = this.#ports.clock.after(wait, () => {
      this.#retryAt = undefined;
      this.nudge('schedule');
    });
  }
}

function judged(changes: readonly SyncChange[]): Pick<SyncRun, 'outcome' | 'detail'> {
  const missed = changes.filter((change) => !change.confirmed);
  const [first] = missed;
  if (first === undefined) return { outcome: 'applied', detail: '' };
  return {
    outcome: 'drift',
    detail: `the firewall said yes, but its table does not show ${missed.length} of ${changes.length} changes (first: ${first.change} ${first.address})`,
  };
}
