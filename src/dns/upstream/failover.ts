import type { Clock } from '../../base/clock.ts';
import { describeError } from '../../base/errors.ts';
import { RCODE, rcodeName } from '../wire/constants.ts';
import type { Response } from '../wire/response.ts';
import {
  UPSTREAM_FAILURES,
  type Upstream,
  UpstreamFailure,
  type UpstreamFailureKind,
  type UpstreamQuestion,
} from './upstream.ts';

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
  /** From the question to the answer, failed attempts included. */
  readonly durationMs: number;
}

export interface UpstreamHealth {
  readonly id: string;
  readonly state: 'up' | 'down';
  readonly lastError?: string;
  /** When it came into this state, on the clock. */
  readonly since: number;
}

export interface ResolverDeps {
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  /** Milliseconds one upstream may take before the next is asked. */
  readonly attemptTimeoutMs?: number;
}

/**
 * Asks the upstreams in the order they are configured; those that failed lately come last.
 *
 *   NOERROR, NXDOMAIN, YXDOMAIN   -> the answer
 *   time-out, network, malformed  -> the next one; this one goes behind the others for a while
 *   SERVFAIL, REFUSED and others  -> the next one; this one goes behind only if another can answer:
 *                                    where all agree, the trouble is the name's
 *   nobody is left, time is       -> once more those that were silent: a packet may have been lost
 */
export function createResolver({ upstreams, clock, attemptTimeoutMs = 1500 }: ResolverDeps): Resolver {
  const members = upstreams.map((upstream) => createMember(upstream, clock));

  /** A member whose back-off ended gets one live query; until that is answered it stays behind for the others. */
  const inOrder = (): Member[] => {
    const ready = members.filter((member) => member.isReady());
    return [...ready, ...members.filter((member) => !ready.includes(member))];
  };

  const attempt = async (
    member: Member,
    question: UpstreamQuestion,
    ms: number,
  ): Promise<Response | UpstreamFailure> => {
    const timer = new AbortController();
    const cancel = clock.after(ms, () => timer.abort());
    try {
      const response = await member.upstream.exchange(question, timer.signal);
      return failureOf(response, member.upstream.id) ?? response;
    } catch (error) {
      if (error instanceof UpstreamFailure) return error;
      throw error;
    } finally {
      cancel();
    }
  };

  return {
    async resolve(question, deadlineMs) {
      if (members.length === 0) throw new UpstreamFailure('network', 'No upstream is configured');
      const started = clock.now();
      const failures: UpstreamFailure[] = [];
      const unwilling = new Map<Member, UpstreamFailure>();
      for (let round = inOrder(); round.length > 0; ) {
        const silent: Member[] = [];
        for (const member of round) {
          const leftMs = deadlineMs - clock.now();
          if (leftMs <= 0) throw mostTelling(failures);
          member.probe(attemptTimeoutMs);
          const answer = await attempt(member, question, Math.min(leftMs, attemptTimeoutMs));
          if (!(answer instanceof UpstreamFailure)) {
            member.succeeded();
            for (const [other, failure] of unwilling) if (other !== member) other.failed(failure);
            const durationMs = clock.now() - started;
            return { response: answer, upstream: member.upstream.id, durationMs };
          }
          failures.push(answer);
          if (answer.kind === 'timeout') silent.push(member);
          if (isTheNamesTrouble(answer.kind)) unwilling.set(member, answer);
          // Silence proves nothing when the question had no time left.
          else if (answer.kind !== 'timeout' || leftMs >= attemptTimeoutMs) member.failed(answer);
        }
        round = silent;
      }
      throw mostTelling(failures);
    },
    health: () => members.map((member) => member.health()),
    close() {
      for (const { upstream } of members) upstream.close();
    },
  };
}

interface Member {
  readonly upstream: Upstream;
  isReady(): boolean;
  /** Called before an attempt: others keep away from a member that is being tried after a failure. */
  probe(ms: number): void;
  succeeded(): void;
  failed(failure: UpstreamFailure): void;
  health(): UpstreamHealth;
}

function createMember(upstream: Upstream, clock: Clock): Member {
  let failures = 0;
  let behindUntil = 0;
  let probedUntil = 0;
  let since = clock.now();
  let lastError: string | undefined;
  return {
    upstream,
    isReady: () => clock.now() >= Math.max(behindUntil, probedUntil),
    probe(ms) {
      if (failures > 0) probedUntil = clock.now() + ms;
    },
    succeeded() {
      if (failures > 0) since = clock.now();
      failures = 0;
      behindUntil = 0;
      probedUntil = 0;
    },
    failed(failure) {
      lastError = describeError(failure);
      // One outage fails all that were under way at once; it is still one failure.
      if (clock.now() < behindUntil) return;
      if (failures === 0) since = clock.now();
      failures += 1;
      behindUntil = clock.now() + Math.min(LEAST_BACKOFF_MS * 2 ** (failures - 1), MOST_BACKOFF_MS);
    },
    health: () => ({
      id: upstream.id,
      state: failures > 0 ? 'down' : 'up',
      ...(lastError === undefined ? {} : { lastError }),
      since,
    }),
  };
}

function failureOf(response: Response, id: string): UpstreamFailure | undefined {
  if (ANSWERS.has(response.rcode)) return undefined;
  const kind = response.rcode === RCODE.SERVFAIL ? 'servfail' : 'refused';
  return new UpstreamFailure(kind, `The upstream answered ${rcodeName(response.rcode)}: ${id}`);
}

function isTheNamesTrouble(kind: UpstreamFailureKind): boolean {
  return kind === 'servfail' || kind === 'refused';
}

function mostTelling(failures: readonly UpstreamFailure[]): UpstreamFailure {
  const [first] = failures.toSorted(
    (a, b) => UPSTREAM_FAILURES.indexOf(a.kind) - UPSTREAM_FAILURES.indexOf(b.kind),
  );
  return first ?? new UpstreamFailure('timeout', 'No upstream could be asked in time');
}

const ANSWERS: ReadonlySet<number> = new Set([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.YXDOMAIN]);
const LEAST_BACKOFF_MS = 5_000;
const MOST_BACKOFF_MS = 60_000;
