/** Searches the query log, newest first. Runs in the query thread: a slow search delays nobody else. */
import { type Selectable, sql } from 'kysely';
import type { Build, NoValues } from '../db.ts';
import type { QueryLogDb } from '../open.ts';
import { addressFromSql, splitList } from '../values.ts';
import { conditions, type LineFilter, type Matching, matchingOf } from './filter.ts';
import { nameOf } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';
import type { QueryLogSchema } from './schema.ts';
import { type Found, type Walk, walkBack } from './slices.ts';
import { type LoggedQuery, VERDICTS } from './writer.ts';

export interface QuerySearch extends LineFilter {
  /** ms since 1970; from, and up to but not including. */
  readonly since?: number;
  readonly until?: number;
  readonly cursor?: number;
  readonly limit: number;
}

export interface FoundQuery extends LoggedQuery {
  readonly id: number;
}

export interface QueryPage {
  readonly items: readonly FoundQuery[];
  /** Give it back for the next page; absent on the last one. */
  readonly nextCursor?: number;
  /** ms since 1970: the time for one page was up when it was searched back to here. More may be found from the cursor on. */
  readonly searchedTo?: number;
}

export function searchQueries(
  db: QueryLogDb,
  search: QuerySearch,
  clock: () => number = () => performance.now(),
): QueryPage {
  const { ids, lookedFrom } = newestIds(db, search, clock);
  const page = ids.slice(0, search.limit);
  const rows = db.prepare(QUERIES).all({ ids: JSON.stringify(page) });
  const items = rows.map(
    (row): FoundQuery => ({
      id: row.id,
      at: timeOfId(row.id),
      client: addressFromSql(row.client),
      groupId: row.group_id ?? undefined,
      name: nameOf(row.labels),
      qtype: row.qtype,
      verdict: VERDICTS[row.verdict] ?? 'failed',
      reason: row.reason,
      ruleId: row.rule_id ?? undefined,
      rcode: row.rcode,
      source: row.source,
      durationUs: row.duration_us,
      answers: splitList(row.answers ?? '', ' ').map(addressFromSql),
      count: row.count,
    }),
  );
  const last = page.at(-1);
  if (ids.length > page.length && last !== undefined) return { items, nextCursor: last };
  if (lookedFrom === undefined) return { items };
  return { items, nextCursor: lookedFrom, searchedTo: timeOfId(lookedFrom) };
}

const QUERIES: Build<QueryLogSchema, { ids: string }, QueryRow> = (value, query) =>
  query
    .selectFrom('queries as q')
    .innerJoin('names as n', 'n.id', 'q.name_id')
    .innerJoin('clients as c', 'c.id', 'q.client_id')
    .innerJoin('words as reason', 'reason.id', 'q.reason_id')
    .innerJoin('words as source', 'source.id', 'q.source_id')
    .leftJoin('answer_sets as a', 'a.id', 'q.answers_id')
    .select([
      'q.id',
      'q.group_id',
      'q.qtype',
      'q.verdict',
      'q.rule_id',
      'q.rcode',
      'q.duration_us',
      'q.count',
    ])
    .select(['n.text as labels', 'c.text as client', 'reason.text as reason', 'source.text as source'])
    .select('a.text as answers')
    .where('q.id', 'in', sql<number>`(SELECT value FROM json_each(${value('ids')}))`)
    .orderBy('q.id', 'desc');

type QueryRow = Pick<
  Selectable<QueryLogSchema['queries']>,
  'id' | 'group_id' | 'qtype' | 'verdict' | 'rule_id' | 'rcode' | 'duration_us' | 'count'
> & {
  readonly labels: string;
  readonly client: string;
  readonly reason: string;
  readonly source: string;
  readonly answers: string | null;
};

/** One more than the page holds, newest first; `lookedFrom` when older ones were not looked at. */
function newestIds(
  db: QueryLogDb,
  search: QuerySearch,
  clock: () => number,
): Pick<Found, 'ids'> & Partial<Found> {
  const range = rangeOf(db, search);
  const matching = matchingOf(db, search);
  if (range === undefined || matching === undefined) return { ids: [] };
  const wanted = search.limit + 1;
  const newest = db.prepare(newestFirst(matching));
  const { ids, lookedFrom } = walkBack({
    ...range,
    wanted,
    clock,
    read: (first, end, most) => newest.all({ first, end, most }).map((row) => row.id),
  });
  return ids.length < wanted && lookedFrom > range.first ? { ids, lookedFrom } : { ids };
}

/** Ids between the filters of time, the cursor, and what there is. */
export function rangeOf(
  db: QueryLogDb,
  { since, until, cursor }: Pick<QuerySearch, 'since' | 'until' | 'cursor'>,
): Pick<Walk, 'first' | 'end' | 'whole'> | undefined {
  const [oldest, newest] = [OLDEST, NEWEST].map((edge) => db.prepare(edge).first({})?.id);
  if (oldest === undefined || newest === undefined) return undefined;
  const first = Math.max(oldest, since === undefined ? 0 : firstIdAt(since));
  const end = Math.min(
    newest + 1,
    until === undefined ? Number.POSITIVE_INFINITY : firstIdAt(until),
    cursor ?? Number.POSITIVE_INFINITY,
  );
  return first < end ? { first, end, whole: newest + 1 - oldest } : undefined;
}

const edge =
  (order: 'asc' | 'desc'): Build<QueryLogSchema, NoValues, { readonly id: number }> =>
  (_, query) =>
    query.selectFrom('queries').select('id').orderBy('id', order).limit(1);
const OLDEST = edge('asc');
const NEWEST = edge('desc');

/** Of one slice; built once for a search, which looks at up to some hundred slices. */
const newestFirst =
  (
    matching: Matching,
  ): Build<QueryLogSchema, { first: number; end: number; most: number }, { readonly id: number }> =>
  (value, query) =>
    query
      .selectFrom('queries')
      .select('id')
      .where('id', '>=', value('first'))
      .where('id', '<', value('end'))
      .where((e) => conditions(e, matching))
      .orderBy('id', 'desc')
      .limit(value('most'));
