/** Searches the query log, newest first. Runs in the query thread: a slow search delays nobody else. */
import { sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { QueryLogDb } from '../open.ts';
import { addressFromSql, splitList } from '../values.ts';
import { labelsOf, nameOf, rangeBelow } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';
import { type LoggedQuery, VERDICTS, type Verdict } from './writer.ts';

export interface QuerySearch {
  /** exact: that name. below: everything under it. both: the two together. */
  readonly name?: { readonly kind: 'exact' | 'below' | 'both'; readonly name: DomainName };
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
}

export function searchQueries(db: QueryLogDb, search: QuerySearch): QueryPage {
  const ids = newestIds(db, search);
  const page = ids.slice(0, search.limit);
  const rows = db.all(
    db.query
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
      .where('q.id', 'in', page)
      .orderBy('q.id', 'desc'),
  );
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
  return ids.length > page.length && last !== undefined ? { items, nextCursor: last } : { items };
}

/** One more than the page holds, newest first. */
function newestIds(db: QueryLogDb, search: QuerySearch): readonly number[] {
  const clientId = search.client === undefined ? undefined : idOf(db, search.client);
  if (search.client !== undefined && clientId === undefined) return [];
  const base = newestFirst(db, search, clientId);
  if (search.name === undefined) return db.all(base).map((row) => row.id);

  const names = namesIn(db, search.name);
  const few = db.all(names.limit(FEW_NAMES + 1));
  if (few.length > FEW_NAMES) {
    // So many names are met often: walking back from the newest query finds a page soon. The + keeps SQLite from
    // collecting all queries of all these names first.
    return db.all(base.where(sql<number>`+name_id`, 'in', names)).map((row) => row.id);
  }
  // Of each name at most a page is read from its index, so one that is asked all day costs no more than a rare one.
  const ids = few.flatMap(({ id }) => db.all(base.where('name_id', '=', id)).map((row) => row.id));
  return ids.sort((a, b) => b - a).slice(0, search.limit + 1);
}

function newestFirst(db: QueryLogDb, search: QuerySearch, clientId: number | undefined) {
  const { verdict, groupId, since, until, cursor, limit } = search;
  let query = db.query
    .selectFrom('queries')
    .select('id')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (clientId !== undefined) query = query.where('client_id', '=', clientId);
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  if (since !== undefined) query = query.where('id', '>=', firstIdAt(since));
  if (until !== undefined) query = query.where('id', '<', firstIdAt(until));
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  if (verdict === 'allowed') query = query.where('verdict', '=', 0);
  // Spelt out as literals, because SQLite then sees that its partial index on what was not allowed serves.
  else if (verdict !== undefined) {
    query = query.where((e) =>
      e.and([e('verdict', '<>', e.lit(0)), e('verdict', '=', e.lit(VERDICTS.indexOf(verdict)))]),
    );
  }
  return query;
}

function namesIn(db: QueryLogDb, { kind, name }: NonNullable<QuerySearch['name']>) {
  const { first, end } = rangeBelow(name);
  return db.query
    .selectFrom('names')
    .select('id')
    .where((e) =>
      e.or([
        ...(kind === 'below' ? [] : [e('text', '=', labelsOf(name))]),
        ...(kind === 'exact' ? [] : [e.and([e('text', '>=', first), e('text', '<', end)])]),
      ]),
    );
}

function idOf(db: QueryLogDb, client: IpAddress): number | undefined {
  return db.first(db.query.selectFrom('clients').select('id').where('text', '=', client))?.id;
}

const FEW_NAMES = 1000;
