import { LRUCache } from 'lru-cache';
import type { DomainName } from '../../base/domain-name.ts';
import type { Outcome, QueryContext } from '../query-context.ts';
import { RCODE } from '../wire/constants.ts';
import type { ResourceRecord } from '../wire/response.ts';
import type { Living } from './lifetime.ts';

/** What an upstream said last about a question. */
export interface Remembered {
  readonly outcome: Outcome;
  readonly storedAt: number;
  /** Clock time at which it may no longer be repeated; with a ttl of 0, the time it came. */
  readonly endsAt: number;
  readonly isNegative: boolean;
  /** In how many parts of its life it was repeated, and the last of them: whether it is in demand. */
  partsAsked: number;
  lastPart: number;
  /** It is asked for ahead of its end at most once. */
  isPrefetched: boolean;
}

/** Where the answers to a question are kept: under its type, and where the name does not exist, under the name alone. */
export interface CacheKey {
  readonly name: DomainName;
  readonly own: string;
  readonly absence: string;
}

export interface AnswerStore {
  /** Of the answer to this type and "no such name", the one that holds now, else the newer. */
  find(key: CacheKey, now: number): Remembered | undefined;
  /** Takes the place of what was remembered before, even when it is too large to be kept itself. */
  keep(key: CacheKey, answer: Living, now: number): void;
  drop(key: CacheKey): void;
  /** Without a name all; with one, every answer to it or that leads over it. */
  flush(name: DomainName | undefined): void;
  statistics(): StoreStatistics;
}

export interface StoreStatistics {
  readonly entries: number;
  /** Of the entries, those that say "there is none". */
  readonly negative: number;
  readonly octets: number;
  readonly limitOctets: number;
  /** Entries given up for room, since the start. */
  readonly evictions: number;
}

/** Answers of the upstreams, bounded by the memory they take; the one asked longest ago makes room. */
export function createAnswerStore(limitOctets: number): AnswerStore {
  let negative = 0;
  let evictions = 0;
  const entries = new LRUCache<string, Entry>({
    maxSize: limitOctets,
    sizeCalculation: ({ octets }) => octets,
    dispose: ({ isNegative }, _, reason) => {
      if (isNegative) negative--;
      if (reason === 'evict') evictions++;
    },
  });
  const largest = limitOctets / LARGEST_SHARE;

  return {
    find({ own, absence }, now) {
      const answer = entries.get(own);
      if (answer !== undefined && now < answer.endsAt) return answer;
      const absent = entries.get(absence);
      if (answer === undefined || absent === undefined) return answer ?? absent;
      return now < absent.endsAt || absent.storedAt >= answer.storedAt ? absent : answer;
    },
    keep(key, { outcome, ttlS, isNegative }, now) {
      const place = saysNameIsAbsent(outcome) ? key.absence : key.own;
      // The upstream has changed its mind about the name: only the last word counts.
      entries.delete(place === key.own ? key.absence : key.own);
      const octets = octetsOf(outcome) + place.length;
      if (octets > largest) {
        entries.delete(place);
        return;
      }
      entries.set(place, {
        name: key.name,
        outcome: inItsOwnMemory(outcome),
        isNegative,
        octets,
        storedAt: now,
        endsAt: now + ttlS * 1000,
        partsAsked: 0,
        lastPart: 0,
        isPrefetched: false,
      });
      if (isNegative) negative++;
    },
    drop({ own, absence }) {
      entries.delete(own);
      entries.delete(absence);
    },
    flush(name) {
      for (const [key, entry] of [...entries.entries()])
        if (name === undefined || leadsOver(entry, name)) entries.delete(key);
    },
    statistics: () => ({
      entries: entries.size,
      negative,
      octets: entries.calculatedSize,
      limitOctets,
      evictions,
    }),
  };
}

/** DO and CD are part of the key: they change what an upstream says (RFC 4035 section 3.2, RFC 6840 section 5.9). */
export function cacheKey({ query, group }: QueryContext): CacheKey {
  const { question, edns } = query;
  const flags = (query.checkingDisabled ? 1 : 0) | (edns?.dnssecOk === true ? 2 : 0);
  const { name, type } = question;
  return { name, own: `${group.id} ${flags} ${type} ${name}`, absence: `${group.id} ${flags} * ${name}` };
}

interface Entry extends Remembered {
  readonly name: DomainName;
  readonly octets: number;
}

/**
 * NXDOMAIN holds for every type of the name (RFC 2308 section 5). Behind an alias it is another name that does not
 * exist, and the alias itself has an answer to a question for CNAME: that is kept under its type.
 */
function saysNameIsAbsent({ rcode, answers }: Outcome): boolean {
  return rcode === RCODE.NXDOMAIN && answers.length === 0;
}

function leadsOver({ name, outcome }: Entry, flushed: DomainName): boolean {
  return name === flushed || outcome.answers.some((record) => record.owner === flushed);
}

/** Record data as it was received is a view of the whole packet, and would keep all of it in memory. */
function inItsOwnMemory(outcome: Outcome): Outcome {
  const { answers, authority } = outcome;
  const size = [...answers, ...authority].reduce((sum, record) => sum + record.rdata.length, 0);
  const memory = Buffer.allocUnsafeSlow(size);
  let at = 0;
  const moved = (record: ResourceRecord): ResourceRecord => {
    const rdata = memory.subarray(at, at + record.rdata.length);
    record.rdata.copy(rdata);
    at += rdata.length;
    return { ...record, rdata };
  };
  return { ...outcome, answers: answers.map(moved), authority: authority.map(moved) };
}

function octetsOf({ answers, authority }: Outcome): number {
  return [...answers, ...authority].reduce(
    (sum, { owner, rdata }) => sum + RECORD_OCTETS + owner.length + rdata.length,
    ENTRY_OCTETS,
  );
}

/** An answer that takes more than this part of the whole is not kept: one must not push out all others. */
const LARGEST_SHARE = 64;

/** Octets an entry and a record take besides their data; measured with 20,000 entries of 1, 4 and 16 addresses. */
const ENTRY_OCTETS = 750;
const RECORD_OCTETS = 380;
