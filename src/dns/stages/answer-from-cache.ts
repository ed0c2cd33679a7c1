/**
 * The upstream's answers, given again until they end.
 *
 *   holds now                              ─▶ told with its ttls counted down; in demand and near its end: refreshed behind
 *   failed lately                          ─▶ not asked again yet: the last good answer, else the failure
 *   asked, answer in time                  ─▶ told and remembered
 *   asked, fails or takes long (RFC 8767)  ─▶ the last good answer, at most a day old; the exchange goes on
 */
import type { Clock } from '../../base/clock.ts';
import { type DomainName, formatDomainName } from '../../base/domain-name.ts';
import type { Log } from '../../base/log.ts';
import {
  type CacheKey,
  cacheKey,
  createAnswerStore,
  type Remembered,
  type StoreStatistics,
} from '../cache/answer-store.ts';
import { createFailureMemory } from '../cache/failures.ts';
import {
  aged,
  isInLastPart,
  living,
  mayBeToldStale,
  partOfLife,
  repeatUntil,
  stale,
} from '../cache/lifetime.ts';
import type { Outcome, QueryContext, Resolve, Stage } from '../query-context.ts';
import { failure } from '../refusal.ts';
import { EDE, RCODE } from '../wire/constants.ts';

/** A household asks some thousand names of a kilobyte each; the rest is room for a flood of made-up ones. */
const LIMIT_OCTETS = 32 * 1024 * 1024;
/** RFC 8767 section 5, the client response timer: stale data is told when the upstream has not answered by then. */
const STALE_PATIENCE_MS = 1800;
/** After a failure the next try is waited for no longer than an upstream takes that is back. */
const RECHECK_PATIENCE_MS = 500;
/** An answer asked for in three tenths of its life is asked for again: names nobody asks go cold. */
const IN_DEMAND = 3;
/** Refreshes under way together: they are a courtesy, and must not crowd out the questions of clients. */
const MAX_PREFETCHES = 16;

export interface CacheStatistics extends StoreStatistics {
  /** Questions of clients that had to be put to an upstream, or waited for one that was. */
  readonly misses: number;
  /** Last good answers told while no upstream answered. */
  readonly stale: number;
  /** Answers asked for again before their end. */
  readonly prefetches: number;
}

export interface AnswerCache extends Stage {
  /** Without a name all. What is under way answers those who wait for it, and is not kept. */
  flush(name?: DomainName): void;
  statistics(): CacheStatistics;
}

export interface AnswerCacheOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limitOctets?: number;
}

export function answerFromCache({ clock, log, limitOctets = LIMIT_OCTETS }: AnswerCacheOptions): AnswerCache {
  const store = createAnswerStore(limitOctets);
  const failures = createFailureMemory();
  const underway = new Map<string, Exchange>();
  const counts = { misses: 0, stale: 0, prefetches: 0 };
  let prefetching = 0;

  /** One exchange for equal questions that come together; nobody's patience ends it for the others. */
  const ask = (context: QueryContext, key: CacheKey, next: Resolve): Exchange => {
    const joined = underway.get(key.own);
    if (joined !== undefined) return joined;
    const outcome: Promise<Outcome> = Promise.resolve(next(context))
      .then((answered) => {
        const isKept = underway.get(key.own) === exchange;
        return answered.verdict === 'failed'
          ? failed(key, answered, isKept)
          : succeeded(key, context, answered, isKept);
      })
      .finally(() => {
        if (underway.get(key.own) === exchange) underway.delete(key.own);
      });
    const exchange: Exchange = { name: key.name, startedAt: clock.now(), outcome };
    underway.set(key.own, exchange);
    return exchange;
  };

  const failed = (key: CacheKey, answered: Outcome, isKept: boolean): Outcome => {
    // Where none is configured there is nobody to be left in peace.
    if (isKept && answered.reason === 'upstream-failed') failures.failed(key.own, answered, clock.now());
    return answered;
  };

  const succeeded = (key: CacheKey, context: QueryContext, answered: Outcome, isKept: boolean): Outcome => {
    const answer = living(answered, context.query.question.type);
    const { outcome, ttlS } = answer;
    if (!isKept) return outcome;
    failures.succeeded(key.own);
    const now = clock.now();
    // "No such name" that may not be remembered still ends what was remembered. Everything else is kept: with a ttl
    // of 0 it is never repeated, but better than nothing in an outage.
    if (ttlS === 0 && outcome.rcode === RCODE.NXDOMAIN) store.drop(key);
    else store.keep(key, answer, now);
    return ttlS > 0
      ? { ...outcome, repeatUntil: repeatUntil({ storedAt: now, endsAt: now + ttlS * 1000 }, now) }
      : outcome;
  };

  const lastGood = (key: CacheKey, now: number): Remembered | undefined => {
    const found = store.find(key, now);
    return found !== undefined && mayBeToldStale(found, now) ? found : undefined;
  };

  const tellStale = (found: Remembered, context: QueryContext): Outcome => {
    if (context.fresh !== true) counts.stale++;
    return stale(found);
  };

  const repeat = (found: Remembered, context: QueryContext, key: CacheKey, next: Resolve): Outcome => {
    const now = clock.now();
    const part = partOfLife(found, now);
    if (part !== found.lastPart) found.partsAsked++;
    found.lastPart = part;
    const isWanted = found.partsAsked >= IN_DEMAND && !found.isPrefetched && isInLastPart(found, now);
    if (isWanted && prefetching < MAX_PREFETCHES && failures.find(key.own, now) === undefined) {
      found.isPrefetched = true;
      void prefetch(context, key, next);
    }
    return aged(found, now);
  };

  const prefetch = async (context: QueryContext, key: CacheKey, next: Resolve): Promise<void> => {
    counts.prefetches++;
    prefetching++;
    try {
      // Ours, not that of the client whose question was the occasion: it is not counted among its own.
      await ask({ ...context, fresh: true }, key, next).outcome;
    } catch (error) {
      log.error({ err: error, name: formatDomainName(key.name) }, 'an answer could not be refreshed');
    } finally {
      prefetching--;
    }
  };

  /** The exchange goes on when the client's patience ends, so that its resend is answered at once. */
  const within = (deadline: number, exchange: Promise<Outcome>): Promise<Outcome> => {
    let cancel = () => {};
    const patience = new Promise<Outcome>((resolve) => {
      const late = { code: EDE.NO_REACHABLE_AUTHORITY, text: 'no upstream answered in time' };
      cancel = clock.after(deadline - clock.now(), () => resolve(failure('upstream-failed', late)));
    });
    return Promise.race([exchange, patience]).finally(() => cancel());
  };

  return {
    name: 'answer-from-cache',
    resolve(context, next) {
      const key = cacheKey(context);
      const now = clock.now();
      const isOurOwn = context.fresh === true;
      const found = lastGood(key, now);
      if (found !== undefined && now < found.endsAt && !isOurOwn) return repeat(found, context, key, next);

      const failedLately = isOurOwn ? undefined : failures.find(key.own, now);
      if (failedLately !== undefined) return found === undefined ? failedLately : tellStale(found, context);

      if (!isOurOwn) counts.misses++;
      const { outcome, startedAt } = ask(context, key, next);
      if (found === undefined) return within(context.deadline, outcome);
      const patience = failures.isFailing(key.own) ? RECHECK_PATIENCE_MS : STALE_PATIENCE_MS;
      const until = Math.min(context.deadline, startedAt + patience);
      // Others have waited for it long enough.
      if (until <= now) return tellStale(found, context);
      return within(until, outcome).then((answer) =>
        answer.verdict === 'failed' ? tellStale(found, context) : answer,
      );
    },
    flush(name) {
      store.flush(name);
      failures.flush();
      for (const [key, exchange] of underway)
        if (name === undefined || exchange.name === name) underway.delete(key);
    },
    statistics: () => ({ ...store.statistics(), ...counts }),
  };
}

interface Exchange {
  readonly name: DomainName;
  readonly startedAt: number;
  readonly outcome: Promise<Outcome>;
}
