import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';

/** Sign-in attempts a minute, for one client and for one user: a guesser gets neither by changing the other. */
const ATTEMPTS_PER_MINUTE = 5;

export interface AttemptLimiter {
  /**
   * Counts one attempt against every key; throws KnownError too-many-attempts when one of them has none left.
   * The returned function gives this one back, for when it succeeded. Those before it go on counting: else whoever has an
   * account would guess at another's for ever, signing in to the own one in between.
   */
  spend(...keys: readonly string[]): () => void;
}

export function createAttemptLimiter(clock: Clock, perMinute = ATTEMPTS_PER_MINUTE): AttemptLimiter {
  // By size: places for a number of entries would all be made at the start, half a megabyte of them.
  const attempts = new LRUCache<string, readonly number[]>({ maxSize: MAX_KEYS, sizeCalculation: one });
  const recent = (key: string) => (attempts.get(key) ?? []).filter((at) => at > clock.now() - MINUTE_MS);

  return {
    spend(...keys) {
      for (const key of keys) {
        const [oldest, ...others] = recent(key);
        if (oldest === undefined || others.length + 1 < perMinute) continue;
        const seconds = Math.ceil((oldest + MINUTE_MS - clock.now()) / 1000);
        throw new KnownError('too-many-attempts', 'too many attempts to sign in', {
          hint: `Try again in ${seconds} s. On the machine itself \`sallyport reset-password\` sets a new password.`,
        });
      }
      const at = clock.now();
      for (const key of keys) attempts.set(key, [...recent(key), at]);
      return () => {
        for (const key of keys) attempts.set(key, without(recent(key), at));
      };
    },
  };
}

function without(times: readonly number[], at: number): readonly number[] {
  const index = times.indexOf(at);
  return index < 0 ? times : times.toSpliced(index, 1);
}

const MINUTE_MS = 60_000;
/** Memory is bounded whatever comes in; the key that falls out first is the one longest unseen. */
const MAX_KEYS = 10_000;

const one = () => 1;
