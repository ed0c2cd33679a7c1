/** What was answered in a period of up to 13 months, from the counts by day: each name, type, rule and reason once. */
import type { ExpressionBuilder } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { QueryLogDb } from '../open.ts';
import { dayNumber, OTHER_NAMES } from './answered-days.ts';
import { nameOf } from './labels.ts';
import type { QueryLogSchema } from './schema.ts';

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
  const rows = db.all(
    db.query
      // Texts are put to what is left when all days are added up.
      .selectFrom((e) => sumsOf(e, { groupId, since, until }).as('d'))
      .innerJoin('words as w', 'w.id', 'd.reason_id')
      .leftJoin('names as n', 'n.id', 'd.name_id')
      .selectAll('d')
      .select(['n.text as labels', 'w.text as reason']),
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

function sumsOf(e: ExpressionBuilder<QueryLogSchema, never>, { groupId, since, until }: AnsweredFilter) {
  return e
    .selectFrom('answered_days')
    .select(['name_id', 'qtype', 'rule_id', 'reason_id'])
    .select(({ fn }) => [
      // Each of them is one row a day.
      fn.countAll<number>().as('days'),
      fn.sum<number>('count').as('count'),
      fn.sum<number>('resolved').as('resolved'),
      fn.sum<number>('failed').as('failed'),
      fn.min('first_at').as('first'),
      fn.max('last_at').as('last'),
    ])
    .where('day', '>=', dayNumber(since))
    .where('day', '<=', dayNumber(until))
    .where('group_id', '=', groupId)
    .groupBy(['name_id', 'qtype', 'rule_id', 'reason_id']);
}

/** ms since 1970: the start of the first day that is counted; undefined before anything was. */
export function answersCountedSince(db: QueryLogDb): number | undefined {
  const first = db.first(db.query.selectFrom('answered_days').select('first_at').orderBy('day').limit(1));
  return first?.first_at;
}
