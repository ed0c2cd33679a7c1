/**
 * Keeps one alias on one firewall equal to what the ledger wants, and knows what the firewall was last seen to hold.
 * Here is when a run is made, and what its outcome means; what it does is the reconciler's.
 *
 *   schedule | nudge | lease-end | person | start
 *        └──▶ one run at a time; what is asked meanwhile is one more run after it
 *   nudge for new addresses, where the driver can open() them
 *        └──▶ these are opened; everything else waits for a run over the whole table
 *   a run that failed, or whose changes are not to be seen ──▶ another, after 1, 2, 4 ... 60 s
 *        └──▶ until then the circuit is open: nudges and the schedule do not reach the firewall, only a person does
 */
import { describeError, KnownError, TransientDriverError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { withinLimit } from '../base/time-limit.ts';
import type { AliasChanges, Driver } from '../firewall/driver.ts';
import { BackOff } from './back-off.ts';
import { HeldTable } from './held-table.ts';
import { NudgedAddresses } from './nudged-addresses.ts';
import type { SyncPorts } from './ports.ts';
import { Reconciler } from './reconciler.ts';
import type { RunResult, SyncRun, SyncTrigger } from './sync-run.ts';
import type { FirewallState, SyncStatus } from './sync-status.ts';
import { TableWatch } from './table-watch.ts';
import { createTurns, type Turns } from './turns.ts';
import { UseCounters } from './use-counters.ts';
import { Verifier } from './verifier.ts';
import { type BoxBudget, createWriteBudget, shareOf, type WriteBudget } from './write-budget.ts';

export interface SyncSettings {
  /** verify: somebody else writes the alias; it is read, and has to hold what is told, but it is never written. */
  readonly mode: 'write' | 'verify';
  /** True when the alias keeps an address whose absence shows that the table was lost. */
  readonly sentinel: boolean;
  /** Shared by the aliases of one box, which is asked one thing at a time. */
  readonly turns?: Turns;
  /** Shared likewise; without, one of its own. */
  readonly budget?: BoxBudget;
}

/** One run may take this long; a firewall that is slower is down. Above pfSense's 61 s lock wait plus a slow reload. */
const RUN_LIMIT_MS = 120_000;
/** Additions of one run that looks at nothing else: some milliseconds of the kernel's, and as long as answers can wait. */
const OPEN_PORTION = 250;
const FIRST_RETRY_MS = 1000;
/** What another one writes is looked for again this soon: an answer may be waiting for it. */
const FIRST_VERIFY_MS = 250;
/** When nothing new has come up for so long, what is asked now would not come in the time a client waits either. */
const STUCK_MS = 10_000;

export class FirewallSync {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #table: HeldTable;
  readonly #budget: WriteBudget;
  readonly #uses = new UseCounters();
  readonly #watch: TableWatch;
  readonly #reconciler: Reconciler;
  readonly #verifier: Verifier | undefined;
  readonly #stop = new AbortController();
  /** The run under way, and the one that was asked for meanwhile. */
  #running: Promise<SyncRun> | undefined;
  #next: Promise<SyncRun> | undefined;
  #nudged: SyncTrigger | undefined;
  /** An answer may be waiting for them. */
  readonly #asked = new NudgedAddresses();
  /** Whatever talks to the driver waits for what came before it: one call at a time. */
  readonly #turns: Turns;
  #state: FirewallState = 'starting';
  #since: number;
  #lastRun: SyncRun | undefined;
  #lastSuccessAt: number | undefined;
  #lastError: string | undefined;
  /** True when the last run did what it could: what it knows of the table holds. */
  #isSettled = false;
  #stuckSince: number | undefined;
  readonly #backOff: BackOff;
  #cancelLater: (() => void) | undefined;
  #cancelRest: (() => void) | undefined;

  constructor(
    driver: Driver,
    ports: SyncPorts,
    { mode, sentinel, turns, budget: shared }: SyncSettings = WRITING,
  ) {
    this.#driver = driver;
    this.#ports = ports;
    this.#since = ports.clock.now();
    this.#table = new HeldTable(ports.clock);
    const lastWrites = ports.lastWrites?.();
    const box = shared ?? createWriteBudget(driver.capabilities.writeBudget, ports.clock, lastWrites);
    this.#budget = shareOf(box, ports.clock, lastWrites);
    const [table, uses, budget] = [this.#table, this.#uses, this.#budget];
    this.#watch = new TableWatch({ driver, ports, table, uses, sentinel });
    this.#reconciler = new Reconciler({ driver, ports, table, watch: this.#watch, budget });
    this.#verifier = mode === 'verify' ? new Verifier({ driver, ports, watch: this.#watch }) : undefined;
    this.#backOff = new BackOff({
      clock: ports.clock,
      random: () => ports.random?.() ?? 0,
      firstMs: mode === 'verify' ? FIRST_VERIFY_MS : FIRST_RETRY_MS,
      onEnd: () => this.nudge('schedule'),
    });
    this.#turns = turns ?? createTurns();
  }

  /** Until when the firewall was last read as holding each address; Infinity where entries do not expire. */
  get held(): ReadonlyMap<IpAddress, number> {
    return this.#table.held;
  }

  /** False until the table was read once. */
  get wasRead(): boolean {
    return this.#table.wasRead;
  }

  /** False when it is known that nothing new can be confirmed in the time a client waits. */
  get canConfirm(): boolean {
    return this.#isWorking() && this.#mayWrite();
  }

  /** True when nothing but the spent write budget keeps it from confirming. */
  get isOverBudget(): boolean {
    return this.#isWorking() && !this.#mayWrite();
  }

  #isWorking(): boolean {
    if (this.#driver.capabilities.confirms !== 'table' || this.#state === 'down') return false;
    return this.#stuckSince === undefined || this.#ports.clock.now() - this.#stuckSince < STUCK_MS;
  }

  #mayWrite(): boolean {
    return this.#budget.available() || this.#reconciler.writing;
  }

  status(): SyncStatus {
    return {
      state: this.#state,
      since: this.#since,
      lastRun: this.#lastRun,
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      retryAt: this.#backOff.until,
      entries: this.held.size,
      heldPlan: this.#reconciler.removals.plan,
      unexplainedRemovals: this.#reconciler.unexplainedRemovals,
      writesToday: this.#budget.writesToday(),
      loss: this.#watch.loss,
      stateProblem: this.#reconciler.states.problem,
      otherWriters: [...this.#reconciler.otherWriters],
    };
  }

  /** Whether packets went to an address since then, as far as the firewall counts them; undefined: it cannot be told. */
  usedSince(address: IpAddress, time: number): boolean | undefined {
    return this.#uses.usedSince(address, time);
  }

  /**
   * Asks for a run: at once when idle, one more after the one under way, and not before the back-off ends when down.
   * `addresses`: only these have become desired, or desired for longer.
   */
  nudge(trigger: SyncTrigger, addresses?: Iterable<IpAddress>): void {
    // Leases still end and runs still finish while the house is left; nobody is there to do more.
    if (this.#stop.signal.aborted) return;
    this.#asked.add(addresses);
    if (this.#verifier !== undefined && trigger === 'nudge') this.#backOff.reset();
    if (this.#running !== undefined) this.#nudged ??= trigger;
    else if (this.#backOff.until === undefined || this.#state !== 'down') {
      if (trigger !== 'nudge' || !this.#isInForce()) void this.run(trigger);
    }
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
    return this.inTurn((signal) => (this.#verifier ?? this.#reconciler).dryRun(signal));
  }

  /** Makes the alias, because a person asked for it, and fills it. */
  async createAlias(): Promise<SyncRun> {
    const create = this.#driver.createAlias;
    if (create === undefined) {
      throw new KnownError('invalid-input', 'this kind of firewall does not let us make an alias', {
        hint: 'docs/firewalls.md says how it is made by hand; the sets of nftables make themselves.',
      });
    }
    await this.inTurn((signal) => create(signal));
    return this.run('person');
  }

  /** Lets the held removals through; the next run makes them. False when nothing is held. */
  release(): boolean {
    return this.#reconciler.removals.release();
  }

  /** Keeps what the held plan would have removed, as if it had been there at the first read. False when nothing is held. */
  drop(): boolean {
    return this.#reconciler.removals.drop();
  }

  /** Whatever else is asked of the driver, never beside a run. */
  inTurn<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = {
      clock: this.#ports.clock,
      ms: RUN_LIMIT_MS,
      late: () => new TransientDriverError(`The firewall was not done after ${RUN_LIMIT_MS / 1000} s`),
      stop: this.#stop.signal,
    };
    return this.#turns.take(() => withinLimit(limit, work));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#backOff.end();
    this.#cancelLater?.();
    await (this.#next ?? this.#running);
    await this.#driver.close();
  }

  #start(trigger: SyncTrigger): Promise<SyncRun> {
    const run = this.inTurn((signal) => this.#runOnce(trigger, signal)).finally(() => {
      this.#running = undefined;
      const nudged = this.#nudged;
      this.#nudged = undefined;
      // A run that failed is repeated by its own alarm, and one that is waited for is the one after this.
      if (nudged !== undefined && this.#next === undefined) this.nudge(nudged, []);
    });
    this.#running = run;
    return run;
  }

  async #runOnce(trigger: SyncTrigger, signal: AbortSignal): Promise<SyncRun> {
    const { clock } = this.#ports;
    const startedAt = clock.now();
    this.#backOff.end();
    try {
      const opened = trigger === 'nudge' ? await this.#openAsked(signal) : undefined;
      const { found, ...rest } = opened ?? (await this.#wholeRun(trigger, signal));
      return this.#finish({ trigger, startedAt, finishedAt: clock.now(), ...found }, rest);
    } catch (error) {
      const run: SyncRun = {
        trigger,
        startedAt,
        finishedAt: clock.now(),
        outcome: 'failed',
        detail: describeError(error),
        desired: this.#ports.desired().size,
        current: this.held.size,
        changes: [],
      };
      // Ended by ourselves: the firewall did nothing wrong.
      if (this.#stop.signal.aborted) return run;
      this.#backOff.begin(error instanceof TransientDriverError ? error.retryAfterMs : undefined);
      return this.#finish(run, {});
    }
  }

  /** Most leases are extended while their addresses are held already: that asks nothing of the firewall. */
  #isInForce(): boolean {
    const asked = this.#asked.alone;
    if (asked === undefined || !this.#isSettled || this.#verifier !== undefined) return false;
    if (!this.#reconciler.isInForce([...asked])) return false;
    this.#asked.take(asked.size);
    return true;
  }

  /** Opens what a nudge was for without looking at the rest; undefined when only a run over the whole table will do. */
  async #openAsked(signal: AbortSignal): Promise<RunResult | undefined> {
    if (this.#asked.alone === undefined || this.#verifier !== undefined) return undefined;
    // Where writes were lost, the whole table is looked at.
    if (!this.#isSettled) return undefined;
    const result = await this.#reconciler.open(this.#asked.take(OPEN_PORTION), signal);
    const { left } = this.#asked;
    if (result === undefined || left === 0) return result;
    this.nudge('nudge', []);
    return { ...result, behind: result.behind ?? `${left} more addresses are opened right after this` };
  }

  async #wholeRun(trigger: SyncTrigger, signal: AbortSignal): Promise<RunResult> {
    // This is the run it would ask for.
    this.#cancelRest?.();
    const asked = this.#asked.beginAnew();
    const about = { asked, continues: trigger === 'nudge', isWaitedFor: () => this.#isWaitedFor() };
    const result = await (this.#verifier?.verify(signal) ?? this.#reconciler.reconcile(signal, about));
    const { rest = [], nextInMs } = result;
    if (rest.length > 0) {
      const only = this.#driver.open === undefined ? undefined : rest;
      this.#cancelRest = this.#ports.clock.after(0, () => this.nudge('nudge', only));
    }
    if (nextInMs !== undefined) {
      this.#cancelLater?.();
      this.#cancelLater = this.#ports.clock.after(nextInMs, () => this.nudge('schedule'));
    }
    return result;
  }

  /** True when there is something to do after this run. */
  #isWaitedFor(): boolean {
    return this.#nudged !== undefined || this.#next !== undefined || this.#turns.isWaitedFor;
  }

  #finish(run: SyncRun, { behind, retry = false, stuck }: Omit<RunResult, 'found'>): SyncRun {
    const hasFailed = run.outcome === 'failed';
    const state: FirewallState = hasFailed ? 'down' : behind === undefined ? 'up' : 'behind';
    if (state !== this.#state) this.#since = run.finishedAt;
    this.#state = state;
    this.#lastRun = run;
    this.#isSettled = !hasFailed && !retry;
    this.#lastError = hasFailed ? run.detail : behind;
    if (!hasFailed) {
      this.#lastSuccessAt = run.finishedAt;
      this.#stuckSince = stuck === true ? (this.#stuckSince ?? run.finishedAt) : undefined;
      if (retry) this.#backOff.begin(undefined);
      else this.#backOff.reset();
    }
    this.#ports.onChange(this.#table.takeChanges());
    this.#ports.onRun(run);
    return run;
  }
}

const WRITING: SyncSettings = { mode: 'write', sentinel: false };
