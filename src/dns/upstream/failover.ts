import type { Clock } from '../../base/clock.ts';
import type { Response } from '../wire/response.ts';
import { inTurns } from './attempts.ts';
import { createMember, type Member, type UpstreamHealth } from './member.ts';
import { type Upstream, UpstreamFailure, type UpstreamQuestion } from './upstream.ts';

export interface Resolver {
  /**
   * The first answer of any upstream, until `deadlineMs` on the clock. Rejects with the UpstreamFailure that tells most
   * when none answers.
   */
  resolve(question: UpstreamQuestion, deadlineMs: number): Promise<Resolved>;
  health(): readonly UpstreamHealth[];
  close(): void;
}

export interface Resolved {
  readonly response: Response;
  /** The id of the upstream that answered. */
  readonly upstream: string;
  /** Whether the channel proved that it was this upstream (RFC 6840 section 5.8). */
  readonly authenticated: boolean;
  /** From the question to the answer, failed attempts included. */
  readonly durationMs: number;
}

/** ordered: the first that is up, and the next when it fails or is slow. race: all that are up at once, the first answer counts. */
export type UpstreamStrategy = 'ordered' | 'race';

export interface ResolverDeps {
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly strategy?: UpstreamStrategy;
  /** Milliseconds one upstream may take before the next is asked as well. */
  readonly attemptTimeoutMs?: number;
}

export function createResolver({
  upstreams,
  clock,
  strategy = 'ordered',
  attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
}: ResolverDeps): Resolver {
  const members = upstreams.map((upstream) => createMember(upstream, { clock, attemptTimeoutMs }));
  return {
    resolve(question, deadlineMs) {
      if (members.length === 0) {
        return Promise.reject(new UpstreamFailure('network', 'No upstream is configured'));
      }
      return inTurns({ question, deadlineMs, clock, attemptTimeoutMs, ...turnsOf(members, strategy) });
    },
    health: () => members.map((member) => member.health()),
    close() {
      for (const member of members) member.close();
    },
  };
}

/** Those that are down are the last resort, all at once: none of them is worth waiting for. */
function turnsOf(members: readonly Member[], strategy: UpstreamStrategy) {
  const up = members.filter((member) => member.isUp());
  const turns = strategy === 'race' && up.length > 0 ? [up] : up.map((member) => [member]);
  return { turns, lastResort: up.length === members.length ? [] : members.filter((m) => !m.isUp()) };
}

/** Short, because an answer that comes later is still taken: it only means that another one is asked as well. */
const ATTEMPT_TIMEOUT_MS = 1000;
