import type { Clock } from '../../base/clock.ts';
import { type AttemptLimiter, createAttemptLimiter } from './attempts.ts';
import { ACTOR_LIMIT, CLIENT_LIMIT, createRequestLimiter, type RequestLimiter } from './request-limits.ts';

/** One set for all listeners: whoever asks at each of our addresses in turn gets no more than at one. */
export interface Limits {
  /** At passwords. */
  readonly attempts: AttemptLimiter;
  readonly tokenGuesses: AttemptLimiter;
  readonly byClient: RequestLimiter;
  readonly byActor: RequestLimiter;
}

export function createLimits(clock: Clock): Limits {
  return {
    attempts: createAttemptLimiter(clock),
    tokenGuesses: createAttemptLimiter(clock),
    byClient: createRequestLimiter(clock, CLIENT_LIMIT),
    byActor: createRequestLimiter(clock, ACTOR_LIMIT),
  };
}
