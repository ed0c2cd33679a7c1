/** How many questions a filter finds over a time, in equal parts of it: what a histogram shows. Runs in the query thread. */
import { sql } from 'kysely';
import type { Build } from '../db.ts';
import type { QueryLogDb } from '../open.ts';
import { conditions, type LineFilter, type Matching, matchingOf } from './filter.ts';
import { firstIdAt } from './query-id.ts';
import type { QueryLogSchema } from './schema.ts';
import { VERDICTS, type Verdict } from './writer.ts';

export interface CountSearch extends LineFilter {
  /** ms since 1970; from, and up to but not including. */
  readonly since: number;
  readonly until: number;
  readonly parts: number;
  /** Of the parts, from the newest back, those that were counted before. */
  readonly counted?: number;
}

export interface Counts {
  /** Newest first: those of this look. */
  readonly parts: readonly PartCount[];
  /** How many parts are counted now; as many as there are: all is counted. */
  readonly counted: number;
}

/** Questions, repeated ones among them, and the lines they stand in. */
export interface PartCount extends Readonly<Record<Verdict, number>> {
  /** ms since 1970, its beginning. */
  readonly at: number;
  readonly lines: number;
}

/** Counts part after part for as long as one look may take; whoever asked goes on from `counted`. */
export function countQueries(
  db: QueryLogDb,
  search: CountSearch,
  clock: () => number = () => performance.now(),
): Counts {
  const { since, until, parts: all, counted = 0 } = search;
  const widthMs = (until - since) / all;
  const began = clock();
  const matching = matchingOf(db, search);
  const count = matching && db.prepare(ofRange(matching));
  const parts: PartCount[] = [];
  let done = counted;
  // At least one of them: each look comes further.
  while (done < all && (parts.length === 0 || clock() - began < LONGEST_MS)) {
    const part = all - 1 - done;
    const [at, end] = [part, part + 1].map((edge) => Math.round(since + edge * widthMs)) as [number, number];
    const rows = count?.all({ first: firstIdAt(at), end: firstIdAt(end) }) ?? [];
    const of = (verdict: Verdict) => rows.find((row) => VERDICTS[row.verdict] === verdict)?.questions ?? 0;
    parts.push({
      at,
      allowed: of('allowed'),
      denied: of('denied'),
      failed: of('failed'),
      lines: rows.reduce((sum, row) => sum + row.lines, 0),
    });
    done++;
  }
  return { parts, counted: done };
}

interface Row {
  readonly verdict: number;
  readonly questions: number;
  readonly lines: number;
}

const ofRange =
  (matching: Matching): Build<QueryLogSchema, { first: number; end: number }, Row> =>
  (value, query) =>
    query
      .selectFrom('queries')
      .select('verdict')
      .select((e) => [e.fn.sum<number>('count').as('questions'), sql<number>`count(*)`.as('lines')])
      .where('id', '>=', value('first'))
      .where('id', '<', value('end'))
      .where((e) => conditions(e, matching))
      .groupBy('verdict');

/** Milliseconds of one look: the next search in the queue waits no longer than this and one part. */
const LONGEST_MS = 100;
