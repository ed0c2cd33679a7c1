/** Refused names as a person looks through them and decides: one row per group and name. */
import { type Expression, type ExpressionBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Build, NoValues } from './db.ts';
import type { MainDb } from './open.ts';
import type { DenialsTable, MainSchema } from './schema.ts';
import { addressFromSql, nameFromSql, nameToSql, splitList } from './values.ts';

export interface Denial {
  readonly id: number;
  readonly groupId: number;
  readonly name: DomainName;
  readonly state: DenialState;
  readonly reason: string;
  readonly ruleId: number | undefined;
  /** Mnemonics, or TYPE123. */
  readonly qtypes: readonly string[];
  readonly lastClient: IpAddress;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly decidedAt: number | undefined;
  readonly decidedBy: string | undefined;
}

export type DenialState = DenialsTable['state'];

export interface DenialFilter {
  readonly state?: DenialState;
  readonly groupId?: number;
  /** Refused at this moment or later, ms since 1970. */
  readonly since?: number;
  /** Anywhere in the name, in small letters. */
  readonly part?: string;
  /** Any of these, in small letters. */
  readonly names?: readonly string[];
}

/** Where a page ended: what was refused since, names of that page included, stands above it. */
export type DenialCursor = Pick<Denial, 'lastAt' | 'id'>;

export interface DenialPage {
  readonly items: readonly Denial[];
  /** Give it back to get the next page; absent when this was the last one. */
  readonly nextCursor?: DenialCursor;
}

/** Refused last first. */
export function listDenials(
  db: MainDb,
  { cursor, limit, ...filter }: DenialFilter & { readonly cursor?: DenialCursor; readonly limit: number },
): DenialPage {
  let query = db.query
    .selectFrom('denials')
    .selectAll()
    .where((e) => matching(e, filter))
    .orderBy('last_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined)
    query = query.where((e) => e(e.refTuple('last_at', 'id'), '<', e.tuple(cursor.lastAt, cursor.id)));
  const rows = db.all(query).map(fromRow);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined
    ? { items, nextCursor: { lastAt: last.lastAt, id: last.id } }
    : { items };
}

/** How many there are on all pages. */
export function countDenials(db: MainDb, filter: DenialFilter): number {
  const found = db.first(
    db.query
      .selectFrom('denials')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where((e) => matching(e, filter)),
  );
  return found?.count ?? 0;
}

function matching(
  e: ExpressionBuilder<MainSchema, 'denials'>,
  { state, groupId, since, part, names }: DenialFilter,
): Expression<SqlBool> {
  const all: Expression<SqlBool>[] = [];
  if (state !== undefined) all.push(e('state', '=', state));
  if (groupId !== undefined) all.push(e('group_id', '=', groupId));
  if (since !== undefined) all.push(e('last_at', '>=', since));
  if (names !== undefined) all.push(e('name', 'in', names));
  if (part !== undefined) all.push(sql<SqlBool>`instr(name, ${part}) > 0`);
  return e.and(all);
}

/** Throws not-found. */
export function getDenial(db: MainDb, id: number): Denial {
  const row = db.first(db.query.selectFrom('denials').selectAll().where('id', '=', id));
  if (row === undefined) throw new KnownError('not-found', `denial ${id}`);
  return fromRow(row);
}

export function findDenial(
  db: MainDb,
  by: { readonly id: number } | { readonly groupId: number; readonly name: DomainName },
): Denial | undefined {
  const all = db.query.selectFrom('denials').selectAll();
  const row = db.first(
    'id' in by
      ? all.where('id', '=', by.id)
      : all.where('group_id', '=', by.groupId).where('name', '=', nameToSql(by.name)),
  );
  return row && fromRow(row);
}

export interface Decision {
  readonly at: number;
  readonly by: string;
}

/** True when this call made the decision; false when it had been made before. The database decides the race. */
export function decideDenial(db: MainDb, id: number, { at, by }: Decision): boolean {
  return (
    db.run(
      db.query
        .updateTable('denials')
        .set({ state: 'decided', decided_at: at, decided_by: by })
        .where('id', '=', id)
        .where('state', 'in', ['waiting', 'muted']),
    ) === 1
  );
}

/** Hides a waiting name until it is unmuted; it goes on being refused and counted. True when it was waiting. */
export function muteDenial(db: MainDb, id: number): boolean {
  return moveDenial(db, id, 'waiting', 'muted');
}

export function unmuteDenial(db: MainDb, id: number): boolean {
  return moveDenial(db, id, 'muted', 'waiting');
}

/** Decides what is waiting for names that a new rule covers; the caller knows which those are. Returns how many. */
export function decideDenials(db: MainDb, ids: readonly number[], decision: Decision): number {
  return db.transaction(() => ids.filter((id) => decideDenial(db, id, decision)).length);
}

/** Decided at that moment or later, and refused at that moment or later. */
export function listDecided(
  db: MainDb,
  of: { readonly groupId: number; readonly decidedSince: number; readonly askedSince: number },
): readonly Denial[] {
  return db
    .all(
      db.query
        .selectFrom('denials')
        .selectAll()
        .where('group_id', '=', of.groupId)
        .where('state', '=', 'decided')
        .where('decided_at', '>=', of.decidedSince)
        .where('last_at', '>=', of.askedSince),
    )
    .map(fromRow);
}

/** Takes decisions back: these wait for a person as if nobody had decided. */
export function waitAgain(db: MainDb, ids: readonly number[]): void {
  const reopen = db.prepare(WAIT_AGAIN);
  for (const id of ids) reopen.run({ id });
}

const WAIT_AGAIN: Build<MainSchema, { id: number }> = (value, query) =>
  query
    .updateTable('denials')
    .set({ state: 'waiting', decided_at: null, decided_by: null })
    .where('id', '=', value('id'))
    .where('state', '=', 'decided');

export function countWaiting(db: MainDb): number {
  return db.prepare(COUNT_WAITING).first({})?.count ?? 0;
}

const COUNT_WAITING: Build<MainSchema, NoValues, { readonly count: number }> = (_, query) =>
  query
    .selectFrom('denials')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('state', '=', 'waiting');

/** The name that was refused last, of those that wait for a person. */
export function lastWaiting(db: MainDb): Pick<Denial, 'name' | 'lastAt'> | undefined {
  const row = db.prepare(LAST_WAITING).first({});
  return row && { name: nameFromSql(row.name), lastAt: row.last_at };
}

const LAST_WAITING: Build<MainSchema, NoValues, Pick<Selectable<DenialsTable>, 'name' | 'last_at'>> = (
  _,
  query,
) =>
  query
    .selectFrom('denials')
    .select(['name', 'last_at'])
    .where('state', '=', 'waiting')
    .orderBy('last_at', 'desc')
    .limit(1);

function moveDenial(db: MainDb, id: number, from: DenialState, to: DenialState): boolean {
  return (
    db.run(
      db.query.updateTable('denials').set({ state: to }).where('id', '=', id).where('state', '=', from),
    ) === 1
  );
}

function fromRow(row: Selectable<DenialsTable>): Denial {
  return {
    id: row.id,
    groupId: row.group_id,
    name: nameFromSql(row.name),
    state: row.state,
    reason: row.reason,
    ruleId: row.rule_id ?? undefined,
    qtypes: splitList(row.qtypes, ','),
    lastClient: addressFromSql(row.last_client),
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
    decidedAt: row.decided_at ?? undefined,
    decidedBy: row.decided_by ?? undefined,
  };
}
