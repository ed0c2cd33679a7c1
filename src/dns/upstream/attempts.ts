import type { Clock } from '../../base/clock.ts';
import type { Resolved } from './failover.ts';
import type { Member } from './member.ts';
import {
  timedOut,
  UPSTREAM_FAILURES,
  UpstreamFailure,
  type UpstreamFailureKind,
  type UpstreamQuestion,
} from './upstream.ts';

export interface Asking {
  readonly question: UpstreamQuestion;
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  /** Who is asked together, and in which order. */
  readonly turns: readonly (readonly Member[])[];
  /** Asked when the others say nothing at all. */
  readonly lastResort: readonly Member[];
}

/**
 * One question, put to upstreams in turns.
 *
 *   NOERROR, NXDOMAIN, YXDOMAIN            -> the answer, whoever gives it, however late
 *   SERVFAIL, REFUSED, malformed, network  -> the next turn at once
 *   silence                                -> a probe, then the next turn; the answer is still waited for
 *   no turn is left                        -> those that were silent once more: a packet may have been lost
 */
export function inTurns(asking: Asking): Promise<Resolved> {
  const { question, deadlineMs, clock, attemptTimeoutMs } = asking;
  return new Promise((resolve, reject) => {
    const started = clock.now();
    const failures: UpstreamFailure[] = [];
    const unwilling = new Map<Member, UpstreamFailure>();
    const asked = new Set<Member>();
    const silent = new Set<Member>();
    const nextTurn = turnTaker(asking, silent);
    const over = new AbortController();
    let underway = 0;
    let isSettled = false;
    /** Those of the present turn that have not failed; undefined when no turn is left. */
    let current: ReadonlySet<Member> | undefined;
    let cancelTurn = (): void => undefined;
    const cancelDeadline = clock.after(deadlineMs - started, () => {
      if (underway > 0) failures.push(timedOut([...asked].map(({ upstream }) => upstream.id).join(', ')));
      fail();
      over.abort();
    });

    const settle = (how: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      cancelTurn();
      how();
    };
    const fail = (): void => settle(() => reject(mostTelling(failures)));

    const advance = (): void => {
      cancelTurn();
      if (isSettled) return;
      const turn = nextTurn(unwilling.size > 0);
      current = undefined;
      if (turn !== undefined) begin(turn);
      else if (isHopeless()) fail();
    };
    /** Where one that is up has failed, those that are down are not waited for. */
    const isHopeless = (): boolean =>
      underway === 0 || (unwilling.size > 0 && ![...silent].some((member) => member.isUp()));

    const begin = (turn: readonly Member[]): void => {
      const startedAt = clock.now();
      const waiting = new Set(turn);
      current = waiting;
      const untilSilent = Math.min(SUSPECT_MS, attemptTimeoutMs);
      cancelTurn = clock.after(untilSilent, () => {
        for (const member of waiting) member.suspect(startedAt);
        cancelTurn = clock.after(attemptTimeoutMs - untilSilent, () => {
          for (const member of waiting) {
            member.attemptTimedOut(startedAt);
            silent.add(member);
          }
          advance();
        });
      });
      for (const member of turn) void ask(member, waiting);
    };

    const ask = async (member: Member, waiting: Set<Member>): Promise<void> => {
      underway += 1;
      asked.add(member);
      try {
        const answer = await member.ask(question, over.signal);
        waiting.delete(member);
        if (!(answer instanceof UpstreamFailure)) {
          const { id, authenticated } = member.upstream;
          const durationMs = clock.now() - started;
          settle(() => resolve({ response: answer, upstream: id, authenticated, durationMs }));
          for (const [other, failure] of unwilling) if (other !== member) other.outdone(question, failure);
          unwilling.clear();
        } else if (!isSettled) {
          failures.push(answer);
          silent.delete(member);
          if (ABOUT_THE_NAME.has(answer.kind)) unwilling.set(member, answer);
        }
      } catch (bug) {
        settle(() => reject(bug));
      } finally {
        underway -= 1;
        // Those that lost go on, for what their answers say of their health; too many of them are a burden.
        if (isSettled && [...asked].some((each) => each.underway() > MAX_LATE)) over.abort();
        if (isSettled && underway === 0) cancelDeadline();
        const isTurnOver = waiting === current && waiting.size === 0;
        if (isTurnOver || (current === undefined && isHopeless())) advance();
      }
    };

    advance();
  });
}

/** All turns, then several times more what was silent in them; a name that is broken is asked of each upstream once. */
function turnTaker({ turns, lastResort }: Asking, silent: ReadonlySet<Member>) {
  const all = [...turns, lastResort];
  let round = 1;
  let at = 0;
  return (isBroken: boolean): readonly Member[] | undefined => {
    for (; round <= ROUNDS; round++, at = 0) {
      while (at < all.length) {
        const turn = all[at++] ?? [];
        const members = round === 1 ? turn : turn.filter((member) => silent.has(member));
        const isWorthIt = !isBroken || (round === 1 && turn !== lastResort);
        if (members.length > 0 && isWorthIt) return members;
      }
    }
    return undefined;
  };
}

function mostTelling(failures: readonly UpstreamFailure[]): UpstreamFailure {
  const [first] = failures.toSorted(
    (a, b) => UPSTREAM_FAILURES.indexOf(a.kind) - UPSTREAM_FAILURES.indexOf(b.kind),
  );
  return first ?? new UpstreamFailure('timeout', 'No upstream answered in time');
}

const ABOUT_THE_NAME: ReadonlySet<UpstreamFailureKind> = new Set(['servfail', 'refused', 'malformed']);
/** Milliseconds of silence after which a probe asks whether the upstream is there at all. */
const SUSPECT_MS = 400;
/** How often a silent upstream is asked the same. */
const ROUNDS = 3;
/** Questions to one upstream that may go on after another one answered them. */
const MAX_LATE = 512;
