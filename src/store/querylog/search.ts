/** Searches the query log, newest first. Runs in the query thread: a slow search delays nobody else. */
import { type Expression, type Selectable, type SqlBool, sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Build, NoValues } from '../db.ts';
import type { QueryLogDb } from '../open.ts';
import { addressFromSql, splitList } from '../values.ts';
import { labelsOf, nameOf, rangeBelow, WRITTEN_NAME } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';
import type { QueryLogSchema } from './schema.ts';
import { type Found, type Walk, walkBack } from './slices.ts';
import { type LoggedQuery, VERDICTS, type Verdict } from './writer.ts';

export interface QuerySearch {
  /** exact: that name. below: everything under it. both: the two together. part: this text anywhere in the name. */
  readonly name?:
    | { readonly kind: 'exact' | 'below' | 'both'; readonly name: DomainName }
    | { readonly kind: 'part'; readonly text: string };
  readonly client?: IpAddress;
  readonly verdict?: Verdict;
  readonly groupId?: number;
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
  const clientId = search.client === undefined ? undefined : idOf(db, search.client);
  if (range === undefined || (search.client !== undefined && clientId === undefined)) return { ids: [] };
  const wanted = search.limit + 1;
  const matching = { ...search, clientId, names: search.name && namesMatching(db, search.name) };
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
function rangeOf(
  db: QueryLogDb,
  { since, until, cursor }: QuerySearch,
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

interface Matching extends Pick<QuerySearch, 'verdict' | 'groupId'> {
  readonly clientId: number | undefined;
  readonly names: MatchingNames | undefined;
}

/** Of one slice; built once for a search, which looks at up to some hundred slices. */
const newestFirst =
  ({
    verdict,
    groupId,
    clientId,
    names,
  }: Matching): Build<
    QueryLogSchema,
    { first: number; end: number; most: number },
    { readonly id: number }
  > =>
  (value, queryBuilder) => {
    let query = queryBuilder
      .selectFrom('queries')
      .select('id')
      .where('id', '>=', value('first'))
      .where('id', '<', value('end'))
      .orderBy('id', 'desc')
      .limit(value('most'));
    // A name that few ask leads to fewer rows than a client or a verdict does: the + keeps SQLite from the other indexes.
    const byName = names?.ids !== undefined;
    if (clientId !== undefined)
      query = query.where(byName ? sql<number>`+client_id` : 'client_id', '=', clientId);
    if (groupId !== undefined) query = query.where('group_id', '=', groupId);
    if (verdict === 'allowed') query = query.where('verdict', '=', 0);
    else if (verdict !== undefined && byName)
      query = query.where(sql<number>`+verdict`, '=', VERDICTS.indexOf(verdict));
    // Spelt out as literals, because SQLite then sees that its partial index on what was not allowed serves.
    else if (verdict !== undefined) {
      query = query.where((e) =>
        e.and([e('verdict', '<>', e.lit(0)), e('verdict', '=', e.lit(VERDICTS.indexOf(verdict)))]),
      );
    }
    if (names === undefined) return query;
    if (names.ids !== undefined)
      return query.where('name_id', 'in', sql<number>`(SELECT value FROM json_each(${names.ids}))`);
    // So many names are met often: each query's own is looked at, which finds a page soon.
    return query.where((e) =>
      e.exists(
        e
          .selectFrom('names')
          .select('names.id')
          .whereRef('names.id', '=', 'queries.name_id')
          .where(names.test),
      ),
    );
  };

interface MatchingNames {
  /** JSON of their ids where they are few: then their index leads to their queries. */
  readonly ids?: string;
  readonly test: Expression<SqlBool>;
}

function namesMatching(db: QueryLogDb, search: NonNullable<QuerySearch['name']>): MatchingNames {
  const test = search.kind === 'part' ? partOfName(search.text) : nameTest(search);
  const few = db.all(
    db.query
      .selectFrom('names')
      .select('id')
      .where(test)
      .limit(FEW_NAMES + 1),
  );
  return few.length > FEW_NAMES ? { test } : { test, ids: JSON.stringify(few.map(({ id }) => id)) };
}

/** Labels are stored from the root down, and the part is of the name as it is written: looked for label by label first. */
function partOfName(text: string): Expression<SqlBool> {
  const labels = text.split('.').filter((label) => label !== '');
  const has = labels.map((label) => sql`instr(names.text, ${label}) > 0`);
  const whole = sql`instr(${sql.raw(WRITTEN_NAME)}(names.text), ${text}) > 0`;
  return sql<SqlBool>`(${sql.join([...has, whole], sql` AND `)})`;
}

function nameTest({
  kind,
  name,
}: {
  readonly kind: 'exact' | 'below' | 'both';
  readonly name: DomainName;
}): Expression<SqlBool> {
  const { first, end } = rangeBelow(name);
  const exact = sql<SqlBool>`names.text = ${labelsOf(name)}`;
  const below = sql<SqlBool>`(names.text >= ${first} AND names.text < ${end})`;
  if (kind === 'exact') return exact;
  return kind === 'below' ? below : sql<SqlBool>`(${exact} OR ${below})`;
}

function idOf(db: QueryLogDb, client: IpAddress): number | undefined {
  return db.first(db.query.selectFrom('clients').select('id').where('text', '=', client))?.id;
}

const FEW_NAMES = 1000;
