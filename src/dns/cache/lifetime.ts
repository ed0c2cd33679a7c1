/** How long an answer lives, and what it looks like at a certain age. Pure. */
import type { Outcome } from '../query-context.ts';
import { EDE, RCODE, TYPE } from '../wire/constants.ts';
import { soaMinimum } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';
import type { Remembered } from './answer-store.ts';

/** Seconds: an answer is asked for again after a day at the latest, however long its ttl. */
const MAX_TTL_S = 86_400;
/** RFC 2308 section 5 allows three hours for "there is none"; an hour is enough for a household. */
const MAX_NEGATIVE_TTL_S = 3600;
/** RFC 8767 section 4: seconds that stale data is told with. */
const STALE_TTL_S = 30;
/** RFC 8767 section 5: stale data is not told for ever; a day, as leases are kept through an outage. */
const STALE_LIMIT_MS = 24 * 3_600_000;
/** A repeated answer comes back to be looked at this often in its life: to be counted, and to be refreshed in time. */
const PARTS_OF_LIFE = 10;
const LEAST_PART_MS = 1000;

export interface Living {
  readonly outcome: Outcome;
  /** Seconds it may be repeated; 0: only for those who wait for it now. */
  readonly ttlS: number;
  /** Nothing of the type that was asked: NODATA or NXDOMAIN, perhaps behind an alias. */
  readonly isNegative: boolean;
}

type Life = Pick<Remembered, 'storedAt' | 'endsAt'>;

/** The answer with the ttls that may be told of it. */
export function living(answered: Outcome, type: number): Living {
  // A ttl told is a lease kept: none is longer than a day.
  const answers = withOneTtl(answered.answers).map((record) => upTo(MAX_TTL_S, record));
  const shortest = Math.min(...answers.map((record) => record.ttl));
  if (answers.some((record) => record.type === type))
    return { outcome: { ...answered, answers }, ttlS: shortest, isNegative: false };

  const absentS = negativeSeconds(answered.authority);
  // What a client may keep of it is what is left of it here (RFC 2308 sections 5 and 6).
  const authority = answered.authority.map((record) => upTo(absentS, record));
  const ttlS = Math.min(absentS, shortest);
  return { outcome: { ...answered, answers, authority }, ttlS, isNegative: true };
}

/** Whole seconds that have begun count: what is told never ends later than the upstream said. */
export function aged({ outcome, storedAt, endsAt }: Remembered, now: number): Outcome {
  const ageS = Math.ceil((now - storedAt) / 1000);
  const older = (record: ResourceRecord) => ({ ...record, ttl: Math.max(0, record.ttl - ageS) });
  return {
    ...outcome,
    answers: outcome.answers.map(older),
    authority: outcome.authority.map(older),
    source: 'cache',
    repeatUntil: repeatUntil({ storedAt, endsAt }, now),
  };
}

/** Finished replies are repeated without asking here; not for a whole life, or nobody would know it is in demand. */
export function repeatUntil(life: Life, now: number): number {
  return Math.min(life.endsAt, life.storedAt + (partOfLife(life, now) + 1) * partMs(life));
}

/** Which tenth of its life it is in, from 0; a short life has fewer parts, of a second each. */
export function partOfLife(life: Life, now: number): number {
  return Math.floor((now - life.storedAt) / partMs(life));
}

export function isInLastPart(life: Life, now: number): boolean {
  return now >= life.endsAt - partMs(life);
}

export function mayBeToldStale({ endsAt }: Remembered, now: number): boolean {
  return now <= endsAt + STALE_LIMIT_MS;
}

/** RFC 8767: the last good answer while no upstream can give a new one; RFC 8914 sections 4.4 and 4.20. */
export function stale({ outcome }: Remembered): Outcome {
  // What was verified then may be no longer valid: only what holds is told as authentic.
  const { repeatUntil: _, authenticData: __, ...rest } = outcome;
  const shortly = (record: ResourceRecord) => ({ ...record, ttl: STALE_TTL_S });
  return {
    ...rest,
    answers: outcome.answers.map(shortly),
    authority: outcome.authority.map(shortly),
    ede: {
      code: outcome.rcode === RCODE.NXDOMAIN ? EDE.STALE_NXDOMAIN : EDE.STALE_ANSWER,
      text: 'no upstream answers; this is the last good answer',
    },
    source: 'cache',
    reason: 'stale',
  };
}

function partMs({ storedAt, endsAt }: Life): number {
  return Math.max((endsAt - storedAt) / PARTS_OF_LIFE, LEAST_PART_MS);
}

/** RFC 2181 section 5.2: the records of a set have one ttl; where they differ, the least counts for all. */
function withOneTtl(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const least = new Map<string, number>();
  const setOf = ({ type, owner }: ResourceRecord) => `${type} ${owner}`;
  for (const record of records) {
    least.set(setOf(record), Math.min(record.ttl, least.get(setOf(record)) ?? record.ttl));
  }
  return records.map((record) => upTo(least.get(setOf(record)) ?? record.ttl, record));
}

function upTo(ttl: number, record: ResourceRecord): ResourceRecord {
  return record.ttl <= ttl ? record : { ...record, ttl };
}

/** RFC 2308 section 5: the lesser of the SOA's ttl and its minimum; without an SOA "there is none" is not remembered. */
function negativeSeconds(authority: readonly ResourceRecord[]): number {
  const soa = authority.find((record) => record.type === TYPE.SOA);
  const minimum = soa && soaMinimum(soa);
  return minimum === undefined ? 0 : Math.min(MAX_NEGATIVE_TTL_S, soa?.ttl ?? 0, minimum);
}
