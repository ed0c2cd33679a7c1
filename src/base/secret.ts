import { inspect } from 'node:util';

/** A value that prints as [redacted] wherever it ends up by accident: logs, errors, JSON, the console. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The one way out; call it where the value goes onto a wire or into a hash. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}
