/**
 * How much one client, and one user or token, may ask of the API: so much that no honest script notices, and no flood is served at the
 * cost of others. Guesses at passwords and tokens have a limit of their own (attempts.ts).
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';

export interface RequestLimit {
  /** Requests a second that go on for ever. */
  readonly perSecond: number;
  /** Requests at once, after a quiet time: a page that loads asks twenty. */
  readonly burst: number;
}

/** An address; behind one there may be several people, or a reverse proxy that is not trusted. */
export const CLIENT_LIMIT: RequestLimit = { perSecond: 500, burst: 1500 };
/** A user or token, wherever it is used. */
export const ACTOR_LIMIT: RequestLimit = { perSecond: 300, burst: 900 };

export interface RequestLimiter {
  /** Counts a request; the seconds to wait when it is one too many, else 0. */
  spend(key: string): number;
}

export function createRequestLimiter(clock: Clock, { perSecond, burst }: RequestLimit): RequestLimiter {
  // By size: places for a number of entries would all be made at the start, half a megabyte of them.
  const buckets = new LRUCache<string, { left: number; at: number }>({
    maxSize: MAX_KEYS,
    sizeCalculation: one,
  });
  return {
    spend(key) {
      const now = clock.now();
      const bucket = buckets.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
      const isOne = left >= 1;
      // What is refused costs nothing: whoever slows down is served at once.
      buckets.set(key, { left: isOne ? left - 1 : left, at: now });
      return isOne ? 0 : Math.ceil((1 - left) / perSecond);
    },
  };
}

export function tooManyRequests(who: string, seconds: number): KnownError {
  return new KnownError('too-many-requests', `${who} asks too much`, {
    hint: `Wait ${seconds} s, and read /api/v1/events instead of asking again and again.`,
  });
}

/** Memory is bounded whatever comes in; the key that falls out first is the one longest unseen. */
const MAX_KEYS = 10_000;

const one = () => 1;
