import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges, Entries } from '../firewall/driver.ts';
import { type Explanations, type GuardVerdict, guardChanges } from './guard.ts';
import type { SyncPorts } from './ports.ts';
import type { HeldPlan } from './sync-run.ts';

type HeldRemovalPorts = Pick<SyncPorts, 'clock' | 'adopt' | 'removalCause'>;

/** The removals that the guard holds for a person, and those that a person has let through. */
export class HeldRemovals {
  readonly #ports: HeldRemovalPorts;
  #plan: HeldPlan | undefined;
  #released: ReadonlySet<IpAddress> = new Set();

  constructor(ports: HeldRemovalPorts) {
    this.#ports = ports;
  }

  get plan(): HeldPlan | undefined {
    return this.#plan;
  }

  isReleased(address: IpAddress): boolean {
    return this.#released.has(address);
  }

  hasCause(address: IpAddress): boolean {
    return this.isReleased(address) || this.#ports.removalCause(address) !== undefined;
  }

  /** What of these may be done now. Changes nothing. */
  judge(changes: AliasChanges, current: Entries, isForeign: Explanations['isForeign']): GuardVerdict {
    return guardChanges(changes, current.size, { hasCause: (address) => this.hasCause(address), isForeign });
  }

  /** The same plan is held since it was first held. */
  note(verdict: GuardVerdict): void {
    if (verdict.kind === 'ok') {
      this.#plan = undefined;
      return;
    }
    const { why, heldRemovals } = verdict;
    const at = this.#plan?.why === why ? this.#plan.at : this.#ports.clock.now();
    this.#plan = { at, why, removals: heldRemovals };
  }

  /** Lets the held removals through; the next run makes them. False when nothing is held. */
  release(): boolean {
    if (this.#plan === undefined) return false;
    this.#released = new Set(this.#plan.removals);
    this.#plan = undefined;
    return true;
  }

  /** Keeps what the held plan would have removed, as if it had been there at the first read. False when nothing is held. */
  drop(): boolean {
    if (this.#plan === undefined) return false;
    if (!this.#ports.adopt(this.#plan.removals)) {
      throw new KnownError('not-ready', 'the addresses cannot be taken over now; the removal stays held', {
        hint: 'The alias has to serve a group, and the disk must not be full: `sallyport status` says which.',
      });
    }
    this.#plan = undefined;
    return true;
  }

  /** What was let through and is gone needs no leave any more. */
  seeTable(after: Entries): void {
    this.#released = this.#released.intersection(after);
  }
}
