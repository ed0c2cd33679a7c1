/** What was answered in a period of up to 13 months, from the counts by day: each name, type, rule and reason once. */
import { type Expression, sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { QueryLogDb } from '../open.ts';
import { dayNumber, OTHER_NAMES } from './answered-days.ts';
import { nameOf } from './labels.ts';

export interface AnsweredFilter {
  readonly groupId: number;
  /** ms since 1970; whole UTC days, that of `since` and that of `until` among them. */
  readonly since: number;
  readonly until: number;
}

export interface Answered {
  /** Absent: names that came when the day was full, counted together. */
  readonly name: DomainName | undefined;
  readonly qtype: number;
  /** Absent: no rule let it through (learning, pause, local names). */
  readonly ruleId: number | undefined;
  readonly reason: string;
  readonly days: number;
  /** Questions, repeated ones among them. */
  readonly count: number;
  /** Of those: with what was asked for, not NXDOMAIN or NODATA. */
  readonly resolved: number;
  /** Of those: no upstream could say. */
  readonly failed: number;
  /** ms since 1970 */
  readonly firstAt: number;
  readonly lastAt: number;
}

export function answeredInPeriod(
  db: QueryLogDb,
  { groupId, since, until }: AnsweredFilter,
): readonly Answered[] {
  const total = (e: Expression<number>) => sql<number>`sum(${e})`;
  const rows = db.all(
    db.query
      .selectFrom('answered_days as d')
      .innerJoin('words as w', 'w.id', 'd.reason_id')
      .leftJoin('names as n', 'n.id', 'd.name_id')
      .select(['n.text as labels', 'd.name_id', 'd.qtype', 'd.rule_id', 'w.text as reason'])
      .select((e) => [
        sql<number>`count(DISTINCT ${e.ref('d.day')})`.as('days'),
        total(e.ref('d.count')).as('count'),
        total(e.ref('d.resolved')).as('resolved'),
        total(e.ref('d.failed')).as('failed'),
        e.fn.min('d.first_at').as('first'),
        e.fn.max('d.last_at').as('last'),
      ])
      .where('d.day', '>=', dayNumber(since))
      .where('d.day', '<=', dayNumber(until))
      .where('d.group_id', '=', groupId)
      .groupBy(['d.name_id', 'd.qtype', 'd.rule_id', 'd.reason_id']),
  );
  const names = new Map<number, DomainName>();
  const nameFor = (id: number, labels: string | null) => {
    if (id === OTHER_NAMES || labels === null) return undefined;
    const known = names.get(id) ?? nameOf(labels);
    names.set(id, known);
    return known;
  };
  return rows.map((row) => ({
    name: nameFor(row.name_id, row.labels),
    qtype: row.qtype,
    ruleId: row.rule_id === 0 ? undefined : row.rule_id,
    reason: row.reason,
    days: row.days,
    count: row.count,
    resolved: row.resolved,
    failed: row.failed,
    firstAt: row.first,
    lastAt: row.last,
  }));
}

/** ms since 1970: the start of the first day that is counted; undefined before anything was. */
export function answersCountedSince(db: QueryLogDb): number | undefined {
  const first = db.first(db.query.selectFrom('answered_days').select('first_at').orderBy('day').limit(1));
  return first?.first_at;
}
