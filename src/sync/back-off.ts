import type { Clock } from '../base/clock.ts';

export interface BackOffDeps {
  readonly clock: Clock;
  /** From 0 to 1: the aliases of one box must not come back together. */
  readonly random: () => number;
  /** The first wait; the waits double. */
  readonly firstMs: number;
  readonly onEnd: () => void;
}

const LAST_RETRY_MS = 60_000;
/** Share of a wait that chance adds to it. */
const JITTER = 0.2;
/** However long a firewall asks us to wait: pfSense asks for 5 minutes, and a number gone wrong must not end the sync. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** The time until a run that failed is repeated: 1, 2, 4 ... 60 s. */
export class BackOff {
  readonly #deps: BackOffDeps;
  #nextMs: number;
  #until: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: BackOffDeps) {
    this.#deps = deps;
    this.#nextMs = deps.firstMs;
  }

  /** When the wait under way ends. */
  get until(): number | undefined {
    return this.#until;
  }

  /** `askedMs`: how long the firewall wants to be left alone. */
  begin(askedMs: number | undefined): void {
    const { clock, random, onEnd } = this.#deps;
    // None, or a time that is past, is no reason to ask again at once.
    const least = Math.max(askedMs ?? 0, this.#nextMs);
    // Spread, and never sooner than it asked for.
    const wait = Math.min(Math.round(least * (1 + JITTER * random())), LONGEST_WAIT_MS);
    this.#nextMs = Math.min(this.#nextMs * 2, LAST_RETRY_MS);
    this.#until = clock.now() + wait;
    this.#cancel = clock.after(wait, () => {
      this.#until = undefined;
      onEnd();
    });
  }

  /** What was waited for is done now. */
  end(): void {
    this.#cancel?.();
    this.#until = undefined;
  }

  /** The next wait is the first again. */
  reset(): void {
    this.#nextMs = this.#deps.firstMs;
  }
}
