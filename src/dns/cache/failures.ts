import { LRUCache } from 'lru-cache';
import type { Outcome } from '../query-context.ts';

/** Questions whose failure is remembered; one is some hundred octets. */
const MAX_FAILURES = 4096;
/** RFC 9520 section 3.2: at least a second, backing off. */
const FIRST_MS = 1000;
/**
 * The same section allows five minutes; a household wants to notice at once that its upstream is back. As long as the failure recheck
 * timer of RFC 8767 section 5, which is not waited for at once: not every last good answer may be told.
 */
const MOST_MS = 30_000;
/** A failure that long past says nothing about the next (RFC 9520 section 3.2, the longest it may be remembered). */
const FORGOTTEN_AFTER_MS = 300_000;

export interface FailureMemory {
  /** The failure that answers now, in place of an exchange. */
  find(key: string, now: number): Outcome | undefined;
  /** True while the last exchange for it failed, whenever that was. */
  isFailing(key: string): boolean;
  failed(key: string, outcome: Outcome, now: number): void;
  succeeded(key: string): void;
  flush(): void;
}

/** Questions no upstream could answer: not put to them again at once, and each time a little later. */
export function createFailureMemory(): FailureMemory {
  const failures = new LRUCache<string, Failure>({ max: MAX_FAILURES });
  return {
    find(key, now) {
      const failure = failures.get(key);
      return failure !== undefined && now < failure.until ? failure.outcome : undefined;
    },
    isFailing: (key) => failures.has(key),
    failed(key, outcome, now) {
      const before = failures.get(key);
      const count = before === undefined || now >= before.until + FORGOTTEN_AFTER_MS ? 1 : before.count + 1;
      const ms = Math.min(FIRST_MS * 2 ** (count - 1), MOST_MS);
      failures.set(key, { outcome: { ...outcome, source: 'cache' }, until: now + ms, count });
    },
    succeeded: (key) => void failures.delete(key),
    flush: () => failures.clear(),
  };
}

interface Failure {
  readonly outcome: Outcome;
  readonly until: number;
  /** Exchanges that failed one after the other. */
  readonly count: number;
}
