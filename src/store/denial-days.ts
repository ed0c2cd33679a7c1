/** How often each name was refused on each UTC day: kept for 13 months, when the denials themselves are long decided. */
import { sql } from 'kysely';
import type { DomainName } from '../base/domain-name.ts';
import { typeName } from '../dns/wire/constants.ts';
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { Refusals } from './refusals.ts';
import type { MainSchema } from './schema.ts';
import { nameToSql } from './values.ts';

/** Call it in the transaction that records the denials. */
export function countDenialDays(db: MainDb, refusals: readonly Refusals[]): void {
  const countMore = db.prepare(COUNT_MORE);
  const countDay = db.prepare(COUNT_DAY);
  const takesName = dayRoom(db);
  for (const { lastAt, groupId, name, qtype, reason, ruleId, count } of refusals) {
    const day = dayOf(lastAt);
    const row = {
      day,
      groupId,
      name: nameToSql(name),
      qtype: typeName(qtype),
      ruleId: ruleId ?? 0,
      reason,
      count,
    };
    // What has a row needs no room, and most have one.
    if (countMore.run(row) > 0) continue;
    countDay.run(takesName(day, groupId) ? row : { ...row, name: OTHER_NAMES });
  }
}

export interface DayOfRefusals {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly qtype: string;
  readonly reason: string;
  readonly count: number;
}

/** How often one name was refused on each of these days. */
export function refusalsOf(
  db: MainDb,
  {
    groupId,
    name,
    days,
  }: { readonly groupId: number; readonly name: DomainName; readonly days: readonly string[] },
): readonly DayOfRefusals[] {
  // Day by day: the key begins with the day, and a range of days holds every other name as well.
  return days.flatMap((day) =>
    db.all(
      db.query
        .selectFrom('denial_days')
        .select(['day', 'qtype', 'reason', 'count'])
        .where('day', '=', day)
        .where('group_id', '=', groupId)
        .where('name', '=', nameToSql(name)),
    ),
  );
}

export interface RefusedByRule {
  readonly ruleId: number;
  readonly days: number;
  readonly count: number;
  readonly names: number;
  /** YYYY-MM-DD, UTC */
  readonly firstDay: string;
  readonly lastDay: string;
}

/** How often each rule of a group refused something, from a day on. */
export function refusalsByRule(
  db: MainDb,
  { groupId, since }: { readonly groupId: number; readonly since: string },
): readonly RefusedByRule[] {
  return db.all(
    db.query
      .selectFrom('denial_days')
      .select('rule_id as ruleId')
      .select((e) => [
        e.fn.count<number>('day').distinct().as('days'),
        e.fn.count<number>('name').distinct().as('names'),
        e.fn.sum<number>('count').as('count'),
        e.fn.min('day').as('firstDay'),
        e.fn.max('day').as('lastDay'),
      ])
      .where('day', '>=', since)
      .where('group_id', '=', groupId)
      .where('rule_id', '<>', 0)
      // Another type than the rule is for is no use of it.
      .where('reason', '<>', 'qtype')
      .groupBy('rule_id'),
  );
}

export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const COUNT_MORE: Build<MainSchema, CountValues> = (value, query) =>
  query
    .updateTable('denial_days')
    .set({ count: sql<number>`count + ${value('count')}` })
    .where('day', '=', value('day'))
    .where('group_id', '=', value('groupId'))
    .where('name', '=', value('name'))
    .where('qtype', '=', value('qtype'))
    .where('rule_id', '=', value('ruleId'))
    .where('reason', '=', value('reason'));

const COUNT_DAY: Build<MainSchema, CountValues> = (value, query) =>
  query
    .insertInto('denial_days')
    .values({
      day: value('day'),
      group_id: value('groupId'),
      name: value('name'),
      qtype: value('qtype'),
      rule_id: value('ruleId'),
      reason: value('reason'),
      count: value('count'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'group_id', 'name', 'qtype', 'rule_id', 'reason'])
        .doUpdateSet({ count: sql<number>`denial_days.count + excluded.count` }),
    );

type CountValues = {
  day: string;
  groupId: number;
  name: string;
  qtype: string;
  ruleId: number;
  reason: string;
  count: number;
};

/** Rows per group and UTC day; a client that makes names up is counted under OTHER_NAMES from there on. */
export const MAX_DENIAL_ROWS_PER_DAY = 20_000;
export const OTHER_NAMES = '*';

/** Tells whether the day of a group takes another name; counted once per batch, then carried along. */
function dayRoom(db: MainDb): (day: string, groupId: number) => boolean {
  const used = new Map<string, number>();
  return (day, groupId) => {
    const key = `${day} ${groupId}`;
    const rows = used.get(key) ?? countDayRows(db, day, groupId);
    used.set(key, rows + 1);
    return rows < MAX_DENIAL_ROWS_PER_DAY;
  };
}

function countDayRows(db: MainDb, day: string, groupId: number): number {
  return db.prepare(COUNT_ROWS).first({ day, groupId })?.count ?? 0;
}

const COUNT_ROWS: Build<MainSchema, { day: string; groupId: number }, { readonly count: number }> = (
  value,
  query,
) =>
  query
    .selectFrom('denial_days')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('day', '=', value('day'))
    .where('group_id', '=', value('groupId'));
