/** What a group asked in a period, each name and type once: what a report over a month reads instead of each question. */
import { sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { QueryLogDb } from '../open.ts';
import { addressFromSql, splitList } from '../values.ts';
import { nameOf } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';

export interface AskedFilter {
  readonly groupId: number;
  /** ms since 1970; from, and up to but not including. */
  readonly since: number;
  readonly until: number;
  /** Questions that ended for one of these reasons are left out. */
  readonly except: readonly string[];
}

export interface Asked {
  readonly name: DomainName;
  readonly qtype: number;
  /** Questions, repeated ones among them. */
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly clients: readonly IpAddress[];
  /** Every address one of them was told. */
  readonly answers: readonly IpAddress[];
}

export function askedInPeriod(db: QueryLogDb, filter: AskedFilter): readonly Asked[] {
  const rows = readRows(db, filter);
  const names = textsOf(
    db,
    'names',
    rows.map((row) => row.name),
  );
  const clients = textsOf(
    db,
    'clients',
    rows.map((row) => row.client),
  );
  const answers = textsOf(
    db,
    'answer_sets',
    rows.map((row) => row.answers ?? NONE),
  );
  return [...Map.groupBy(rows, ({ name, qtype }) => name * TYPES + qtype).values()].map((same) => {
    const [{ name, qtype }] = same as [Row];
    return {
      name: nameOf(names.get(name) ?? '.'),
      qtype,
      count: same.reduce((sum, row) => sum + row.count, 0),
      firstAt: timeOfId(Math.min(...same.map((row) => row.first))),
      lastAt: timeOfId(Math.max(...same.map((row) => row.last))),
      clients: each(same.map((row) => clients.get(row.client) ?? '')),
      answers: each(same.flatMap((row) => splitList(answers.get(row.answers ?? NONE) ?? '', ' '))),
    };
  });
}

/** Qtypes are numbers of sixteen bits. */
const TYPES = 65_536;
/** No row of a dictionary has this id. */
const NONE = 0;

interface Row {
  readonly name: number;
  readonly qtype: number;
  readonly client: number;
  readonly answers: number | null;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Equal questions of one client with equal answers are one row. */
function readRows(db: QueryLogDb, { groupId, since, until, except }: AskedFilter): readonly Row[] {
  return db.all(
    db.query
      .selectFrom('queries')
      .select(['name_id as name', 'qtype', 'client_id as client', 'answers_id as answers'])
      .select((e) => [
        e.fn.sum<number>('count').as('count'),
        e.fn.min('id').as('first'),
        e.fn.max('id').as('last'),
      ])
      .where('id', '>=', firstIdAt(since))
      .where('id', '<', firstIdAt(until))
      .where('group_id', '=', groupId)
      .where((e) => e('reason_id', 'not in', e.selectFrom('words').select('id').where('text', 'in', except)))
      // The + keeps SQLite from walking the index of names, and looking each row up: that takes twice as long.
      .groupBy([sql`+name_id`, 'qtype', 'client_id', 'answers_id']),
  );
}

function textsOf(
  db: QueryLogDb,
  table: 'names' | 'clients' | 'answer_sets',
  ids: readonly number[],
): ReadonlyMap<number, string> {
  const wanted = JSON.stringify([...new Set(ids)]);
  const rows = db.all(
    db.query
      .selectFrom(table)
      .select(['id', 'text'])
      .where('id', 'in', sql<number>`(SELECT value FROM json_each(${wanted}))`),
  );
  return new Map(rows.map(({ id, text }) => [id, text]));
}

const each = (texts: readonly string[]) => [...new Set(texts)].sort().map(addressFromSql);
