import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import type { Outcome, QueryContext, Resolve, Stage } from '../query-context.ts';
import { failure } from '../refusal.ts';
import { EDE, RCODE, TYPE } from '../wire/constants.ts';
import { soaMinimum } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** Answers kept; at some 600 octets each. */
const MAX_ANSWERS = 20_000;
/** Seconds: an answer is asked for again after a day at the latest, however long its ttl. */
const MAX_TTL_S = 86_400;
/** RFC 2308 section 5 allows three hours for "there is none"; an hour is enough for a household. */
const MAX_NEGATIVE_TTL_S = 3600;
/** RFC 8767 section 5: stale data is told with a short ttl, and not for ever. */
const STALE_TTL_S = 30;
/** RFC 8767 section 5, the client response timer: stale data is told when the upstream has not answered by then. */
const STALE_PATIENCE_MS = 1800;
const STALE_LIMIT_MS = 24 * 3_600_000;

interface Cached {
  readonly outcome: Outcome;
  readonly storedAt: number;
  readonly ttlS: number;
}

export interface AnswerCache extends Stage {
  flush(name?: string): void;
  size(): number;
}

/** The upstream's answers, with their ttls counted down; one exchange for equal questions that come together. */
export function answerFromCache(clock: Clock): AnswerCache {
  const answers = new LRUCache<string, Cached>({ max: MAX_ANSWERS });
  const underway = new Map<string, Promise<Outcome>>();

  const ask = (context: QueryContext, key: string, next: Resolve): Promise<Outcome> => {
    const joined = underway.get(key);
    if (joined !== undefined) return joined;
    const exchange = Promise.resolve(next(context))
      .then((answered) => {
        const outcome = withinADay(answered);
        const ttlS = cacheableSeconds(outcome, context.query.question.type);
        if (outcome.verdict === 'failed' || underway.get(key) !== exchange) return outcome;
        // With a ttl of 0 it is kept as well: never repeated, but better than nothing in an outage.
        answers.set(key, { outcome, storedAt: clock.now(), ttlS });
        return ttlS > 0 ? { ...outcome, repeatUntil: clock.now() + ttlS * 1000 } : outcome;
      })
      .finally(() => {
        if (underway.get(key) === exchange) underway.delete(key);
      });
    underway.set(key, exchange);
    return exchange;
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
    async resolve(context, next) {
      const key = cacheKey(context);
      const found = answers.get(key);
      const now = clock.now();
      if (context.fresh !== true && found !== undefined && now < found.storedAt + found.ttlS * 1000)
        return aged(found, now);

      const usable = found !== undefined && now <= found.storedAt + STALE_LIMIT_MS;
      const patience = usable ? Math.min(context.deadline, now + STALE_PATIENCE_MS) : context.deadline;
      const outcome = await within(patience, ask(context, key, next));
      if (outcome.verdict !== 'failed' || !usable) return outcome;
      return stale(found.outcome, outcome);
    },
    flush(name) {
      // What is under way was asked before: it answers those who wait for it, and is not kept.
      for (const kept of [answers, underway])
        for (const key of [...kept.keys()])
          if (name === undefined || key.endsWith(` ${name}`)) kept.delete(key);
    },
    size: () => answers.size,
  };
}

function cacheKey({ query, group }: QueryContext): string {
  const { question, edns } = query;
  const flags = (query.checkingDisabled ? 1 : 0) | (edns?.dnssecOk === true ? 2 : 0);
  return `${group.id} ${question.type} ${flags} ${question.name}`;
}

/** RFC 2181 section 5.2: an answer lives as long as its shortest record; RFC 2308 section 5 for negative ones. */
function cacheableSeconds(outcome: Outcome, type: number): number {
  const shortest = Math.min(...outcome.answers.map((record) => record.ttl));
  if (outcome.answers.some((record) => record.type === type)) return shortest;
  const soa = outcome.authority.find((record) => record.type === TYPE.SOA);
  const minimum = soa && soaMinimum(soa);
  return minimum === undefined ? 0 : Math.min(MAX_NEGATIVE_TTL_S, soa?.ttl ?? 0, minimum, shortest);
}

/** A ttl told is a lease kept: none is longer than a day. */
function withinADay(outcome: Outcome): Outcome {
  const clamp = (record: ResourceRecord) =>
    record.ttl <= MAX_TTL_S ? record : { ...record, ttl: MAX_TTL_S };
  return { ...outcome, answers: outcome.answers.map(clamp), authority: outcome.authority.map(clamp) };
}

function aged({ outcome, storedAt, ttlS }: Cached, now: number): Outcome {
  const ageS = Math.floor((now - storedAt) / 1000);
  const older = (record: ResourceRecord) => ({ ...record, ttl: Math.max(0, record.ttl - ageS) });
  return {
    ...outcome,
    answers: outcome.answers.map(older),
    authority: outcome.authority.map(older),
    source: 'cache',
    repeatUntil: storedAt + ttlS * 1000,
  };
}

/** RFC 8767: the last good answer while no upstream can give a new one; RFC 8914 section 4.4. */
function stale(outcome: Outcome, failed: Outcome): Outcome {
  if (outcome.rcode !== RCODE.NOERROR || outcome.answers.length === 0) return failed;
  const { repeatUntil: _, ...rest } = outcome;
  return {
    ...rest,
    answers: outcome.answers.map((record) => ({ ...record, ttl: STALE_TTL_S })),
    ede: { code: EDE.STALE_ANSWER, text: 'no upstream answers; this is the last good answer' },
    source: 'cache',
    reason: 'stale',
  };
}
