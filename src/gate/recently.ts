import type { Clock } from '../base/clock.ts';

/** Some megabytes; whoever makes more in so short a time is told nothing wrong, only asked for more. */
const MAX_FACTS = 20_000;

/** Facts that count for a short while, all for the same; what is over is forgotten when the next comes, and so are the oldest of too many. */
export class Recently<V> {
  readonly #clock: Clock;
  readonly #forMs: number;
  /** Oldest first. */
  readonly #facts = new Map<string, { readonly value: V; readonly at: number }>();

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  get isEmpty(): boolean {
    return this.#facts.size === 0;
  }

  get(key: string): V | undefined {
    const fact = this.#facts.get(key);
    return fact === undefined || this.#isOver(fact.at) ? undefined : fact.value;
  }

  set(key: string, value: V): void {
    for (const [oldest, { at }] of this.#facts) {
      if (!this.#isOver(at) && this.#facts.size < MAX_FACTS) break;
      this.#facts.delete(oldest);
    }
    this.#facts.delete(key);
    this.#facts.set(key, { value, at: this.#clock.now() });
  }

  delete(key: string): void {
    this.#facts.delete(key);
  }

  clear(): void {
    this.#facts.clear();
  }

  #isOver(at: number): boolean {
    return at + this.#forMs <= this.#clock.now();
  }
}
