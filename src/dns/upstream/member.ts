import type { Clock } from '../../base/clock.ts';
import { ROOT } from '../../base/domain-name.ts';
import { describeError } from '../../base/errors.ts';
import { CLASS, RCODE, rcodeName, TYPE } from '../wire/constants.ts';
import type { Response } from '../wire/response.ts';
import { type Upstream, UpstreamFailure, type UpstreamQuestion } from './upstream.ts';

export interface UpstreamHealth {
  readonly id: string;
  readonly state: 'up' | 'down';
  readonly lastError?: string;
  /** When it came into this state, on the clock. */
  readonly since: number;
  readonly counters: UpstreamCounters;
}

/** Since the start. */
export interface UpstreamCounters {
  readonly queries: number;
  /** Of these: with an answer that can be told, also late. */
  readonly answered: number;
  /** Questions without an answer that could be told, time-outs not counted. */
  readonly failures: number;
  /** Questions that were not answered before another upstream's turn came. */
  readonly timeouts: number;
  /** Messages from its address that answered nothing we had asked: forged, or from a server that is not in order. */
  readonly mismatched: number;
  /** Milliseconds, of the latest answers; absent before the first. */
  readonly medianMs?: number;
}

/**
 * One upstream, and what its answers say about its health.
 *
 *   nothing at all came while a question waited,
 *   not even an answer to the probe sent meanwhile        -> down
 *   no connection                                         -> down
 *   three different names failed that another one answered,
 *   and none it answered itself in between                -> down
 *   a name it is silent about, while it answers others    -> the name's trouble
 *   down                                                  -> probed, at ever longer intervals, until it answers in time
 */
export interface Member {
  readonly upstream: Upstream;
  isUp(): boolean;
  /** The answer, or why there is none; only a bug rejects. */
  ask(question: UpstreamQuestion, signal: AbortSignal): Promise<Response | UpstreamFailure>;
  underway(): number;
  /** A question has waited a while, since `startedAt`: if nothing else came either, a probe finds out. */
  suspect(startedAt: number): void;
  /** The time of an attempt that began at `startedAt` is over. */
  attemptTimedOut(startedAt: number): void;
  /** Another upstream answered what this one could not. */
  outdone(question: UpstreamQuestion, failure: UpstreamFailure): void;
  health(): UpstreamHealth;
  close(): void;
}

export interface MemberOptions {
  readonly clock: Clock;
  /** Milliseconds in which an upstream in order answers a probe. */
  readonly attemptTimeoutMs: number;
}

export function createMember(upstream: Upstream, { clock, attemptTimeoutMs }: MemberOptions): Member {
  let isUp = true;
  let since = clock.now();
  let lastError: string | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let underway = 0;
  let isProbing = false;
  let isClosed = false;
  let downs = 0;
  let cancelProbe = (): void => undefined;
  const failedNames = new Set<string>();
  const counters = { queries: 0, answered: 0, failures: 0, timeouts: 0 };
  const latest = durations();

  const goDown = (why: unknown): void => {
    lastError = describeError(why);
    if (!isUp || isClosed) return;
    isUp = false;
    since = clock.now();
    probeLater();
  };
  const comeUp = (): void => {
    failedNames.clear();
    if (isUp) return;
    isUp = true;
    since = clock.now();
    cancelProbe();
  };
  const probeLater = (): void => {
    cancelProbe();
    cancelProbe = clock.after(Math.min(LEAST_BACKOFF_MS * 2 ** downs, MOST_BACKOFF_MS), () => void probe());
    downs += 1;
  };

  /** Cheap for every server, and never the trouble of a name. What it says does not matter, that it speaks does. */
  const probe = async (): Promise<void> => {
    if (isProbing || isClosed) return;
    isProbing = true;
    const limit = new AbortController();
    const cancel = clock.after(attemptTimeoutMs, () => limit.abort());
    try {
      await upstream.exchange(PROBE, limit.signal);
      heardAt = clock.now();
      comeUp();
    } catch (error) {
      lastError = describeError(error);
      // An answer of a down one to a client's question may have come before.
      if (!isUp && !isClosed) probeLater();
    } finally {
      cancel();
      isProbing = false;
    }
  };

  return {
    upstream,
    isUp: () => isUp,
    underway: () => underway,
    async ask(question, signal) {
      const startedAt = clock.now();
      counters.queries += 1;
      underway += 1;
      try {
        const response = await upstream.exchange(question, signal);
        heardAt = clock.now();
        latest.add(heardAt - startedAt);
        const failure = failureOf(response, upstream.id);
        if (failure === undefined) {
          counters.answered += 1;
          downs = 0;
          // Late is better than never, but no sign that the next one will be in time.
          if (isUp || heardAt - startedAt < attemptTimeoutMs) comeUp();
          return response;
        }
        counters.failures += 1;
        return failure;
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error;
        if (error.kind !== 'timeout') counters.failures += 1;
        if (error.kind === 'network') goDown(error);
        return error;
      } finally {
        underway -= 1;
      }
    },
    suspect(startedAt) {
      if (isUp && heardAt < startedAt) void probe();
    },
    attemptTimedOut(startedAt) {
      counters.timeouts += 1;
      if (heardAt < startedAt)
        goDown(new Error(`The upstream was silent for ${attemptTimeoutMs} ms: ${upstream.id}`));
    },
    outdone({ name }, failure) {
      lastError = describeError(failure);
      failedNames.add(name);
      if (failedNames.size >= NAMES_TO_FAIL) goDown(failure);
    },
    health() {
      const medianMs = latest.median();
      return {
        id: upstream.id,
        state: isUp ? 'up' : 'down',
        ...(lastError === undefined ? {} : { lastError }),
        since,
        counters: {
          ...counters,
          mismatched: upstream.mismatched(),
          ...(medianMs === undefined ? {} : { medianMs }),
        },
      };
    },
    close() {
      isClosed = true;
      cancelProbe();
      upstream.close();
    },
  };
}

function failureOf(response: Response, id: string): UpstreamFailure | undefined {
  if (ANSWERS.has(response.rcode)) return undefined;
  const kind = response.rcode === RCODE.SERVFAIL ? 'servfail' : 'refused';
  return new UpstreamFailure(kind, `The upstream answered ${rcodeName(response.rcode)}: ${id}`);
}

/** How long the latest answers took. */
function durations(): { add(ms: number): void; median(): number | undefined } {
  const kept: number[] = [];
  let next = 0;
  return {
    add(ms) {
      kept[next] = ms;
      next = (next + 1) % DURATIONS_KEPT;
    },
    median: () => kept.toSorted((a, b) => a - b)[Math.floor(kept.length / 2)],
  };
}

const ANSWERS: ReadonlySet<number> = new Set([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.YXDOMAIN]);
const PROBE: UpstreamQuestion = {
  name: ROOT,
  type: TYPE.NS,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
};
/** One name may be broken (DNSSEC, a dead zone) and a second its neighbour. */
const NAMES_TO_FAIL = 3;
/** Milliseconds to the first probe; each that fails doubles them. */
const LEAST_BACKOFF_MS = 1000;
/** So often a dead upstream is looked at; when it is back, nobody waits longer for it. */
const MOST_BACKOFF_MS = 30_000;
/** Answers behind the median: enough to calm it, few enough to follow the hour. */
const DURATIONS_KEPT = 64;
