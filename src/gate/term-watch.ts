import type { Clock } from '../base/clock.ts';
import { type LeaseKey, leaseKey } from '../ledger/lease.ts';
import type { Held } from './confirmed-view.ts';

/** How long what was told must be held. */
export interface NeededTerm {
  /** Milliseconds behind the told term. */
  readonly graceMs: number;
  /** What allows the name ends then, and what it opened with it; undefined: it does not end by itself. */
  readonly endsAt: number | undefined;
}

export interface TermWatchDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Until when clients may use what they were told. */
  readonly toldUntil: (lease: LeaseKey) => number | undefined;
  /** undefined where nothing is promised: nobody allows the name any more, or its group does not enforce. */
  readonly needed: (lease: LeaseKey) => NeededTerm | undefined;
}

/** Milliseconds: told terms are rounded up by a second, read-backs down by one, and a read may show one and a half less than the one before. */
const ROUNDING_MS = 3500;

/**
 * Counts what is held for a shorter time than clients were told, when that is first heard of (P4).
 *
 *   withdrawn while it may be used                 cut short; in its grace a cap may end it
 *   its lease, or a firewall's own time-out, ends  cut short, until it is held long enough again or the told term is over
 *     before the told term and the grace do
 */
export class TermWatch {
  readonly #deps: TermWatchDeps;
  /** By lease, with the end of what it was told for. */
  readonly #short = new Map<string, number>();

  constructor(deps: TermWatchDeps) {
    this.#deps = deps;
  }

  /** Of how many addresses clients were told what does not hold now. */
  get cutShort(): number {
    const now = this.#deps.clock.now();
    for (const [key, until] of this.#short) if (until <= now) this.#short.delete(key);
    return this.#short.size;
  }

  see(changes: readonly Held[]): void {
    const { clock, toldUntil, needed } = this.#deps;
    const now = clock.now();
    for (const change of changes) {
      const told = toldUntil(change);
      const term = told === undefined || told <= now ? undefined : needed(change);
      const { heldUntil } = change;
      const isShort =
        told !== undefined &&
        term !== undefined &&
        (heldUntil ?? now) + ROUNDING_MS < endOf(told, term, heldUntil);
      if (isShort) this.#short.set(leaseKey(change), told);
      else if (this.#short.size > 0) this.#short.delete(leaseKey(change));
    }
  }
}

function endOf(told: number, { graceMs, endsAt }: NeededTerm, heldUntil: number | undefined): number {
  const until = heldUntil === undefined ? told : told + graceMs;
  return Math.min(until, endsAt ?? Number.POSITIVE_INFINITY);
}
