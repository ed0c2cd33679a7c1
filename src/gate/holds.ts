import type { Clock } from '../base/clock.ts';

/** Answers that wait for the firewall, joined by the name they are for: what comes for it wakes all of them. */
export class Holds {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while nobody waits. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves when something came for the name, or after the limit. */
  wait(key: string, limitMs: number): Promise<void> {
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

  /** Wakes what waits for a name that `matches`. */
  wake(matches: (key: string) => boolean): void {
    for (const [key, waiting] of this.#waiting) {
      if (matches(key)) for (const wake of [...waiting]) wake();
    }
  }
}
