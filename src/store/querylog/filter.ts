/** Which lines of the query log a search is about, as conditions that keep SQLite on the index that leads to the fewest of them. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { QueryLogDb } from '../open.ts';
import { labelsOf, rangeBelow, WRITTEN_NAME } from './labels.ts';
import type { QueryLogSchema } from './schema.ts';
import { VERDICTS, type Verdict } from './writer.ts';

export interface LineFilter {
  /** exact: that name. below: everything under it. both: the two together. part: this text anywhere in the name. */
  readonly name?:
    | { readonly kind: 'exact' | 'below' | 'both'; readonly name: DomainName }
    | { readonly kind: 'part'; readonly text: string };
  readonly client?: IpAddress;
  readonly verdict?: Verdict;
  /** Any of these. */
  readonly qtypes?: readonly number[];
  readonly groupId?: number;
  /** Why it ended so, for example not-confirmed. */
  readonly reason?: string;
}

export interface Matching extends Pick<LineFilter, 'verdict' | 'groupId' | 'qtypes'> {
  readonly clientId: number | undefined;
  readonly reasonId: number | undefined;
  readonly names: MatchingNames | undefined;
}

/** With what the log knows of client, reason and names looked up; undefined: no line can match. */
export function matchingOf(db: QueryLogDb, filter: LineFilter): Matching | undefined {
  const clientId = filter.client === undefined ? undefined : idOf(db, 'clients', filter.client);
  if (filter.client !== undefined && clientId === undefined) return undefined;
  const reasonId = filter.reason === undefined ? undefined : idOf(db, 'words', filter.reason);
  if (filter.reason !== undefined && reasonId === undefined) return undefined;
  return { ...filter, clientId, reasonId, names: filter.name && namesMatching(db, filter.name) };
}

/** The conditions on a line, without its time. */
export function conditions(
  e: ExpressionBuilder<QueryLogSchema, 'queries'>,
  { verdict, groupId, clientId, reasonId, names, qtypes }: Matching,
): Expression<SqlBool> {
  const all: Expression<SqlBool>[] = [];
  // A name that few ask leads to fewer rows than a client or a verdict does: the + keeps SQLite from the other indexes.
  const byName = names?.ids !== undefined;
  if (clientId !== undefined) all.push(e(byName ? sql<number>`+client_id` : 'client_id', '=', clientId));
  if (groupId !== undefined) all.push(e('group_id', '=', groupId));
  if (reasonId !== undefined) all.push(e('reason_id', '=', reasonId));
  if (qtypes !== undefined) all.push(e('qtype', 'in', qtypes.length === 0 ? [NO_TYPE] : [...qtypes]));
  if (verdict === 'allowed') all.push(e('verdict', '=', 0));
  else if (verdict !== undefined && byName)
    all.push(e(sql<number>`+verdict`, '=', VERDICTS.indexOf(verdict)));
  // Spelt out as literals, because SQLite then sees that its partial index on what was not allowed serves.
  else if (verdict !== undefined)
    all.push(e('verdict', '<>', e.lit(0)), e('verdict', '=', e.lit(VERDICTS.indexOf(verdict))));
  if (names?.ids !== undefined)
    all.push(e('name_id', 'in', sql<number>`(SELECT value FROM json_each(${names.ids}))`));
  // So many names are met often: each query's own is looked at, which finds a page soon.
  else if (names !== undefined)
    all.push(
      e.exists(
        e
          .selectFrom('names')
          .select('names.id')
          .whereRef('names.id', '=', 'queries.name_id')
          .where(names.test),
      ),
    );
  return e.and(all);
}

interface MatchingNames {
  /** JSON of their ids where they are few: then their index leads to their queries. */
  readonly ids?: string;
  readonly test: Expression<SqlBool>;
}

function namesMatching(db: QueryLogDb, search: NonNullable<LineFilter['name']>): MatchingNames {
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

function idOf(db: QueryLogDb, table: 'clients' | 'words', text: string): number | undefined {
  return db.first(db.query.selectFrom(table).select('id').where('text', '=', text))?.id;
}

const FEW_NAMES = 1000;
/** No query has this type: they are numbers of sixteen bits. */
const NO_TYPE = -1;
