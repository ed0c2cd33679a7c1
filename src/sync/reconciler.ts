/**
 * One run over one alias that we write.
 *
 *   reconcile   read ▶ take over ▶ plan ▶ guard ▶ budget ▶ withdraw from the workers ▶ apply ▶ read again ▶ held
 *   open        what is desired of some new addresses and not held ▶ driver.open ▶ held; nothing else is looked at
 */
import type { IpAddress } from '../base/ip-address.ts';
import { isDoneWithin } from '../base/time-limit.ts';
import type { AliasChanges, Driver, Entries } from '../firewall/driver.ts';
import { applyChanges } from './apply-changes.ts';
import { StateCutter } from './cut-states.ts';
import { describeChanges } from './describe-changes.ts';
import type { Desired, DesiredEntry } from './desired.ts';
import { ForeignEntries } from './foreign.ts';
import { HeldRemovals } from './held-removals.ts';
import type { HeldTable } from './held-table.ts';
import { judgeRun, type Shortfall } from './judge-run.ts';
import { isEmpty, planChanges } from './plan.ts';
import { byUrgency, firstPortion } from './portions.ts';
import type { SyncPorts } from './ports.ts';
import type { RunResult } from './sync-run.ts';
import type { TableRead, TableWatch } from './table-watch.ts';
import { putOffMs, type WriteBudget } from './write-budget.ts';

export interface ReconcilerParts {
  readonly driver: Driver;
  readonly ports: SyncPorts;
  readonly table: HeldTable;
  readonly watch: TableWatch;
  readonly budget: WriteBudget;
}

export interface Reconciliation {
  /** Just asked for: these go first. */
  readonly asked?: ReadonlySet<IpAddress>;
  /** True when this may be the next portion of the run before it. */
  readonly continues?: boolean;
  /** Whether something waits for the end of this run. */
  readonly isWaitedFor?: () => boolean;
}

/** Milliseconds for which the look that ended a portion is the one that begins the next: it follows at once, or is no part of it. */
const JUST_READ_MS = 500;

/** Workers acknowledge in milliseconds. One that does not is in trouble, and may go on telling what it told. */
const ACKNOWLEDGE_MS = 5000;

export class Reconciler {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #table: HeldTable;
  readonly #watch: TableWatch;
  readonly #budget: WriteBudget;
  /** What the guard holds for a person. */
  readonly removals: HeldRemovals;
  readonly states: StateCutter;
  readonly #foreign: ForeignEntries;
  #writing = false;
  #unexplainedRemovals = 0;
  readonly #missing = new Set<IpAddress>();
  /** The last look of a portion that left others to come. */
  #justRead: TableRead | undefined;

  constructor({ driver, ports, table, watch, budget }: ReconcilerParts) {
    this.#driver = driver;
    this.#ports = ports;
    this.#table = table;
    this.#watch = watch;
    this.#budget = budget;
    this.removals = new HeldRemovals(ports);
    this.states = new StateCutter(driver, ports);
    this.#foreign = new ForeignEntries(ports, (address) => this.removals.hasCause(address));
  }

  /** What is being written may still be confirmed, even when it took the last of the budget. */
  get writing(): boolean {
    return this.#writing;
  }

  /** Addresses that were removed although nobody knows why they might go, and nobody has said so: the guard holds such (P5). */
  get unexplainedRemovals(): number {
    return this.#unexplainedRemovals;
  }

  /** Addresses that somebody else keeps putting back. */
  get otherWriters(): ReadonlySet<IpAddress> {
    return this.#foreign.otherWriters;
  }

  /** Brings the table in line with what is desired, as far as the guard and the write budget let it. */
  async reconcile(signal: AbortSignal, about: Reconciliation = {}): Promise<RunResult> {
    try {
      return await this.#reconcile(signal, about);
    } finally {
      this.#writing = false;
      this.#table.endWithdrawal();
    }
  }

  /** Opens these without looking at the rest; undefined when only a run over the whole table will do. */
  async open(addresses: readonly IpAddress[], signal: AbortSignal): Promise<RunResult | undefined> {
    if (this.#driver.open === undefined || this.#ports.isNewAlias()) return undefined;
    const { clock } = this.#ports;
    const desired = this.#desiredOf(addresses);
    const openedAt = clock.now();
    const { add, renew, remove } = planChanges(this.#table.entriesOf(addresses), desired, openedAt);
    // What must be renewed or taken away is compared with the table first.
    if (renew.length + remove.length > 0) return undefined;
    const counts = { desired: desired.size, current: this.#table.held.size };
    if (add.length === 0) return { found: { outcome: 'unchanged', detail: '', changes: [], ...counts } };

    const after = await this.#driver.open(add, signal);
    this.#foreign.seeOpened(add.map(({ address }) => address));
    // Reckoned from now: what the driver tells is left counts from its answer.
    this.#table.seeSome(after, clock.now());
    const changes = describeChanges({ add, renew: [], remove: [] }, after, clock.now() - openedAt, {
      cause: (address) => desired.get(address)?.cause,
      removalCause: () => undefined,
    });
    return judgeRun({ changes, ...counts }, NOTHING_LEFT);
  }

  /** True when the alias was last read to hold these as they are desired: there is nothing to open, renew or take away. */
  isInForce(addresses: readonly IpAddress[]): boolean {
    if (this.#ports.isNewAlias()) return false;
    const now = this.#ports.clock.now();
    return isEmpty(planChanges(this.#table.entriesOf(addresses), this.#desiredOf(addresses), now));
  }

  /** What a run would change now; nothing is written. */
  async dryRun(
    signal: AbortSignal,
  ): Promise<{ readonly changes: AliasChanges; readonly held: string | undefined }> {
    const entries = await this.#driver.read(signal);
    const desired = this.#ports.desired();
    const changes = this.#plan(entries, desired);
    // What nobody knows would be taken over first.
    if (this.#foreign.takesOver) {
      return {
        changes: { ...changes, remove: changes.remove.filter((one) => !this.#foreign.isUnknown(one)) },
        held: undefined,
      };
    }
    const verdict = this.#judge(changes, entries);
    return { changes, held: verdict.kind === 'held' ? verdict.why : undefined };
  }

  async #reconcile(
    signal: AbortSignal,
    { asked, continues = false, isWaitedFor = () => false }: Reconciliation,
  ): Promise<RunResult> {
    const { clock } = this.#ports;
    // What is missing is asked for only where writes are dear.
    const before = this.#budget.isLimited && this.#table.wasRead ? [...this.#table.held.keys()] : undefined;
    const justRead = this.#takeJustRead();
    const read = (continues ? justRead : undefined) ?? (await this.#watch.read(signal));
    const current = read.entries;
    // A write may take long; meanwhile nobody is told what was just seen to be gone.
    this.#watch.publish();
    const desired = this.#foreign.see(current);
    if (this.#budget.isLimited) this.#noteMissing(before ?? desired.keys(), current, desired);
    const verdict = this.#judge(this.#plan(current, desired), current);
    this.removals.note(verdict);
    const hasLeftover = (await this.#driver.leftover?.(current, signal)) ?? false;
    // A leftover is somebody's next reload away from taking effect, and a table that was lost shuts everybody out.
    const whateverItCosts = read.lost || hasLeftover;
    const {
      changes: wanted,
      rest: later,
      nextInMs,
    } = this.#forNow(verdict.changes, desired, { whateverItCosts, asked });
    const { remove, late } = await this.#withdraw(wanted.remove, signal);
    const planned = { ...wanted, remove };
    const left = {
      rest: later,
      unacknowledged: late,
      ...(nextInMs === undefined ? {} : { nextInMs, waiting: opened(verdict.changes) }),
      ...(verdict.kind === 'held' ? { held: verdict.why } : {}),
    };
    const counts = { desired: desired.size, current: current.size };
    if (isEmpty(planned) && !hasLeftover) {
      if (wanted.remove.length > 0) this.#settle(current, read.at);
      return judgeRun({ changes: [], ...counts }, { ...left, ...this.#unfetched() });
    }

    const unexplained = remove.filter((one) => !this.removals.hasCause(one) && !this.#foreign.isForeign(one));
    this.#writing = true;
    const appliedAt = clock.now();
    const changes = await this.#apply(planned, isWaitedFor, signal);
    const rest = [...planned.add.slice(changes.add.length).map(({ address }) => address), ...later];
    const written = new Set([...changes.add, ...changes.renew].map(({ address }) => address));
    // Withdrawn no more: it is gone, or it is held after all.
    this.#table.endWithdrawal();
    const { entries: after, lost } = await this.#watch.read(signal, (address) => written.has(address));
    if (rest.length > 0 && !lost) this.#justRead = { entries: after, at: clock.now(), lost };
    this.#writing = false;
    this.#unexplainedRemovals += unexplained.filter((address) => !after.has(address)).length;
    this.#foreign.seeWritten({ current, after, written, removed: remove });
    this.removals.seeTable(after);

    const made = describeChanges(changes, after, clock.now() - appliedAt, {
      cause: (address) => desired.get(address)?.cause,
      removalCause: (address) => this.#ports.removalCause(address)?.cause,
    });
    await this.states.cut(made, signal);
    return judgeRun({ changes: made, ...counts }, { ...left, rest, lost, ...this.#unfetched() });
  }

  #desiredOf(addresses: readonly IpAddress[]): Desired {
    const desired = new Map<IpAddress, DesiredEntry>();
    for (const address of addresses) {
      const entry = this.#ports.desiredAt(address);
      if (entry !== undefined) desired.set(address, entry);
    }
    return desired;
  }

  /** For one run; undefined when it is too old. */
  #takeJustRead(): TableRead | undefined {
    const read = this.#justRead;
    this.#justRead = undefined;
    return read !== undefined && this.#ports.clock.now() - read.at <= JUST_READ_MS ? read : undefined;
  }

  /** It was there, and was told; or it should be, as we have just started. Whoever uses it is shut out until it is back. */
  #noteMissing(wereThere: Iterable<IpAddress>, current: Entries, desired: Desired): void {
    const isMissing = (address: IpAddress) => !current.has(address) && desired.has(address);
    for (const address of this.#missing) if (!isMissing(address)) this.#missing.delete(address);
    for (const address of wereThere) if (isMissing(address)) this.#missing.add(address);
  }

  /** What it cost counts, whether it went well or not. */
  async #apply(
    changes: AliasChanges,
    isWaitedFor: () => boolean,
    signal: AbortSignal,
  ): Promise<AliasChanges> {
    const before = this.#driver.writes?.() ?? -1;
    try {
      const { clock } = this.#ports;
      return await applyChanges(this.#driver, changes, { clock, isWaitedFor, signal });
    } finally {
      this.#budget.spend((this.#driver.writes?.() ?? 0) - before);
    }
  }

  #plan(current: Entries, desired: Desired): AliasChanges {
    const plan = planChanges(current, desired, this.#ports.clock.now());
    const mayGo = (address: IpAddress) =>
      this.removals.isReleased(address) || !this.#foreign.isLeftAlone(address);
    return { ...plan, remove: plan.remove.filter(mayGo) };
  }

  #judge(changes: AliasChanges, current: Entries) {
    return this.removals.judge(changes, current, (address) => this.#foreign.isForeign(address));
  }

  /** Where every write is dear, one that holds everything is the cheapest; elsewhere many small ones are the quickest. */
  #forNow(
    changes: AliasChanges,
    desired: Desired,
    {
      whateverItCosts,
      asked,
    }: { readonly whateverItCosts: boolean; readonly asked: ReadonlySet<IpAddress> | undefined },
  ) {
    // A list that is fetched is whole at any time, or it would close what it lacks.
    if (this.#driver.served !== undefined) return { changes, rest: [], nextInMs: undefined };
    // How many go in one portion shows while they are made.
    if (this.#driver.addEach !== undefined)
      return {
        changes: { ...changes, add: byUrgency(changes.add, desired, asked) },
        rest: [],
        nextInMs: undefined,
      };
    if (!this.#budget.isLimited) return { ...firstPortion(changes, desired, asked), nextInMs: undefined };
    const waitMs = whateverItCosts
      ? 0
      : putOffMs(changes, this.#budget, {
          isWaitedFor: (address) =>
            this.#missing.has(address) || this.#ports.isWaitedFor(address, this.#table.held),
          causeOf: (address) => this.#ports.removalCause(address),
        });
    if (waitMs === 0) return { changes, rest: [], nextInMs: undefined };
    return { changes: { add: [], renew: [], remove: [] }, rest: [], nextInMs: waitMs };
  }

  /** Two phases: no worker tells the address any more, and no new lease has come up meanwhile; only then may it go. */
  async #withdraw(addresses: readonly IpAddress[], signal: AbortSignal) {
    if (addresses.length === 0) return { remove: [], late: 0 };
    const { clock, log } = this.#ports;
    this.#table.withdraw(addresses);
    const limit = { clock, ms: ACKNOWLEDGE_MS, stop: signal };
    if (!(await isDoneWithin(limit, this.#ports.withdraw(addresses)))) {
      log.warn({ addresses: addresses.length }, 'a DNS worker does not acknowledge; nothing is removed now');
      return { remove: [], late: addresses.length };
    }
    const stillDesired = this.#ports.desired();
    return { remove: addresses.filter((address) => !stillDesired.has(address)), late: 0 };
  }

  /** Nothing was written: what was to be withdrawn is held as it was read. */
  #settle(entries: Entries, readAt: number): void {
    this.#table.endWithdrawal();
    this.#table.see(entries, readAt);
  }

  #unfetched(): Pick<Shortfall, 'unfetched'> {
    const { served } = this.#driver;
    return served === undefined ? {} : { unfetched: served.waiting };
  }
}

function opened({ add, renew }: AliasChanges): number {
  return add.length + renew.length;
}

const NOTHING_LEFT: Shortfall = { rest: [], unacknowledged: 0 };
