/** What a group was refused in a period, each name once, with the hours in which it was. */
import { sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { QueryLogDb } from '../open.ts';
import { nameOf } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';

export interface RefusedFilter {
  readonly groupId: number;
  /** ms since 1970; from, and up to but not including. */
  readonly since: number;
  readonly until: number;
}

export interface Refused {
  readonly name: DomainName;
  readonly qtypes: readonly number[];
  readonly reasons: readonly string[];
  readonly count: number;
  /** Hours since 1970 with a refusal in them, counted. */
  readonly hours: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export function refusedInPeriod(db: QueryLogDb, filter: RefusedFilter): readonly Refused[] {
  const rows = db.all(
    db.query
      .selectFrom('queries as q')
      .innerJoin('names as n', 'n.id', 'q.name_id')
      .innerJoin('words as w', 'w.id', 'q.reason_id')
      .select(['n.text as labels'])
      .select((e) => [
        e.fn.sum<number>('q.count').as('count'),
        e.fn.min('q.id').as('first'),
        e.fn.max('q.id').as('last'),
        sql<string>`group_concat(DISTINCT ${e.ref('q.qtype')})`.as('qtypes'),
        sql<string>`group_concat(DISTINCT ${e.ref('w.text')})`.as('reasons'),
        sql<number>`count(DISTINCT ${e.ref('q.id')} / ${sql.lit(IDS_PER_HOUR)})`.as('hours'),
      ])
      // As the index of what was not allowed has it: most of a home's log is allowed, and never read here.
      .where('q.verdict', '=', DENIED)
      .where(sql<boolean>`q.verdict <> 0`)
      .where('q.id', '>=', firstIdAt(filter.since))
      .where('q.id', '<', firstIdAt(filter.until))
      .where('q.group_id', '=', filter.groupId)
      .groupBy('q.name_id'),
  );
  return rows.map((row) => ({
    name: nameOf(row.labels),
    qtypes: row.qtypes.split(',').map(Number),
    reasons: row.reasons.split(','),
    count: row.count,
    hours: row.hours,
    firstAt: timeOfId(row.first),
    lastAt: timeOfId(row.last),
  }));
}

/** As VERDICTS numbers it. */
const DENIED = 1;
const IDS_PER_HOUR = firstIdAt(3_600_000);
