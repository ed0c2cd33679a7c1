import type { Clock } from '../../base/clock.ts';
import { noConnections, type OpenConnections } from '../connection-limit.ts';
import { type AttemptLimiter, createAttemptLimiter } from './attempts.ts';
import { ACTOR_LIMIT, CLIENT_LIMIT, createRequestLimiter, type RequestLimiter } from './request-limits.ts';

/** One set for all listeners: whoever asks at each of our addresses in turn gets no more than at one. */
export interface Limits {
  /** At passwords. */
  readonly attempts: AttemptLimiter;
  /** Begun at a provider, and come back. */
  readonly providerSignIns: AttemptLimiter;
  readonly tokenGuesses: AttemptLimiter;
  readonly connections: OpenConnections;
  readonly byClient: RequestLimiter;
  readonly byActor: RequestLimiter;
}

export function createLimits(clock: Clock): Limits {
  return {
    attempts: createAttemptLimiter(clock),
    providerSignIns: createAttemptLimiter(clock, PROVIDER_SIGN_INS),
    tokenGuesses: createAttemptLimiter(clock),
    connections: noConnections(),
    byClient: createRequestLimiter(clock, CLIENT_LIMIT),
    byActor: createRequestLimiter(clock, ACTOR_LIMIT),
  };
}

/** Begun and come back a minute, for one client: a person needs a handful. */
const PROVIDER_SIGN_INS = 20;
