/**
 * One run over one alias.
 *
 *   reconcile   read ▶ adopt? ▶ plan ▶ guard ▶ budget ▶ withdraw from the workers ▶ apply ▶ read again ▶ held
 *   open        what is desired of some new addresses and not held ▶ driver.open ▶ held; nothing else is looked at
 */
import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges, Driver, Entries } from '../firewall/driver.ts';
import { describeChanges } from './describe-changes.ts';
import type { Desired, DesiredEntry } from './desired.ts';
import { guardChanges } from './guard.ts';
import type { HeldTable } from './held-table.ts';
import { type OtherWriter, watchForOtherWriter } from './other-writer.ts';
import { isEmpty, planChanges } from './plan.ts';
import { firstPortion } from './portions.ts';
import type { SyncPorts } from './ports.ts';
import type { HeldPlan, RunResult, SyncChange, SyncRun } from './sync-run.ts';
import { putOffMs, type WriteBudget } from './write-budget.ts';

export interface ReconcilerParts {
  readonly driver: Driver;
  readonly ports: SyncPorts;
  readonly table: HeldTable;
  readonly budget: WriteBudget;
}

export class Reconciler {
  readonly #driver: Driver;
  readonly #ports: SyncPorts;
  readonly #table: HeldTable;
  readonly #budget: WriteBudget;
  readonly #otherWriter: OtherWriter;
  #writing = false;
  #heldPlan: HeldPlan | undefined;
  #released: ReadonlySet<IpAddress> = new Set();

  constructor({ driver, ports, table, budget }: ReconcilerParts) {
    this.#driver = driver;
    this.#ports = ports;
    this.#table = table;
    this.#budget = budget;
    this.#otherWriter = watchForOtherWriter((address) =>
      ports.log.warn(
        { address },
        'another writer keeps adding this address to the alias; it is left alone from now on',
      ),
    );
  }

  /** What is being written may still be confirmed, even when it took the last of the budget. */
  get writing(): boolean {
    return this.#writing;
  }

  get heldPlan(): HeldPlan | undefined {
    return this.#heldPlan;
  }

  /** Brings the table in line with what is desired, as far as the guard and the write budget let it. */
  async reconcile(signal: AbortSignal): Promise<RunResult> {
    try {
      return await this.#reconcile(signal);
    } finally {
      this.#writing = false;
      this.#table.endWithdrawal();
    }
  }

  /** Opens these without looking at the rest; undefined when only a run over the whole table will do. */
  async open(addresses: readonly IpAddress[], signal: AbortSignal): Promise<RunResult | undefined> {
    if (this.#driver.open === undefined || this.#ports.isNewAlias()) return undefined;
    const { clock } = this.#ports;
    const desired = new Map<IpAddress, DesiredEntry>();
    for (const address of addresses) {
      const entry = this.#ports.desiredAt(address);
      if (entry !== undefined) desired.set(address, entry);
    }
    const { add, renew, remove } = planChanges(this.#table.entriesOf(addresses), desired, clock.now());
    // What must be renewed or taken away is compared with the table first.
    if (renew.length + remove.length > 0) return undefined;
    const counts = { desired: desired.size, current: this.#table.held.size };
    if (add.length === 0) return alone({ outcome: 'unchanged', detail: '', changes: [], ...counts });

    const appliedAt = clock.now();
    const after = await this.#driver.open(add, signal);
    this.#table.seeSome(after);
    const changes = describeChanges({ add, renew: [], remove: [] }, after, clock.now() - appliedAt, {
      cause: (address) => desired.get(address)?.cause,
      removalCause: () => undefined,
    });
    return alone({ ...judged(changes), changes, ...counts });
  }

  /** What a run would change now; nothing is written. */
  async dryRun(
    signal: AbortSignal,
  ): Promise<{ readonly changes: AliasChanges; readonly held: string | undefined }> {
    const current = await this.#driver.read(signal);
    const changes = planChanges(current, this.#ports.desired(), this.#ports.clock.now());
    const verdict = this.#guard(changes, current);
    return { changes, held: verdict.kind === 'held' ? verdict.why : undefined };
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

  async #reconcile(signal: AbortSignal): Promise<RunResult> {
    const { clock } = this.#ports;
    const current = await this.#driver.read(signal);
    this.#table.see(current);
    // A write may take long; meanwhile nobody is told what was just seen to be gone.
    const seen = this.#table.takeChanges();
    if (seen.length > 0) this.#ports.onChange(seen);
    if (this.#ports.isNewAlias()) {
      const wanted = this.#ports.desired();
      this.#ports.adopt([...current.keys()].filter((address) => !wanted.has(address)));
    }

    const desired = this.#ports.desired();
    const verdict = this.#guard(planChanges(current, desired, clock.now()), current);
    this.#heldPlan = verdict.kind === 'held' ? this.#hold(verdict.why, verdict.heldRemovals) : undefined;
    const { changes: wanted, rest, nextInMs } = this.#forNow(verdict.changes, desired);
    const remove = await this.#withdraw(wanted.remove);
    const changes = { ...wanted, remove };
    const held = verdict.kind === 'held' ? ({ outcome: 'held', detail: verdict.why } as const) : undefined;
    const counts = { desired: desired.size, current: current.size };
    if (isEmpty(changes)) {
      if (wanted.remove.length > 0) this.#seeAgain(current);
      const idle = held ?? ({ outcome: 'unchanged', detail: '' } as const);
      return { found: { ...idle, changes: [], ...counts }, rest, nextInMs };
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
    const result = judgement.outcome === 'applied' ? (held ?? judgement) : judgement;
    return { found: { ...result, changes: made, ...counts }, rest, nextInMs };
  }

  #guard(changes: AliasChanges, current: Entries) {
    return guardChanges(changes, current.size, (address) => this.#hasCause(address));
  }

  /** Two phases: no worker tells the address any more, and no new lease has come up meanwhile; only then may it go. */
  async #withdraw(addresses: readonly IpAddress[]): Promise<readonly IpAddress[]> {
    if (addresses.length === 0) return [];
    this.#table.withdraw(addresses);
    await this.#ports.withdraw(addresses);
    const stillDesired = this.#ports.desired();
    return addresses.filter((address) => !stillDesired.has(address));
  }

  /** Where every write is dear, one that holds everything is the cheapest; elsewhere many small ones are the quickest. */
  #forNow(guarded: AliasChanges, desired: Desired): Pick<RunResult, 'rest' | 'nextInMs'> & PlannedChanges {
    const changes = this.#withoutForeign(guarded);
    if (!this.#budget.isLimited) return { ...firstPortion(changes, desired), nextInMs: undefined };
    const waitMs = putOffMs(changes, this.#budget, (address) => this.#ports.removalCause(address));
    if (waitMs === 0) return { changes, rest: [], nextInMs: undefined };
    return { changes: { add: [], renew: [], remove: [] }, rest: [], nextInMs: waitMs };
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

  #seeAgain(entries: Entries): void {
    this.#writing = false;
    this.#table.endWithdrawal();
    this.#table.see(entries);
  }
}

interface PlannedChanges {
  readonly changes: AliasChanges;
}

function alone(found: RunResult['found']): RunResult {
  return { found, rest: [], nextInMs: undefined };
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
