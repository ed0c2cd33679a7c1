import { sql } from 'kysely';
import type { Build } from '../db.ts';
import type { QueryLogDb } from '../open.ts';
import { firstIdAt } from './query-id.ts';
import type { QueryLogSchema } from './schema.ts';
import { VERDICTS, type Verdict } from './writer.ts';

export interface AnswerCount {
  /** Absent: clients of no group. */
  readonly groupId: number | undefined;
  readonly verdict: Verdict;
  readonly ruleId: number | undefined;
  /** Told before a firewall was read to hold the addresses. */
  readonly beforeReady: boolean;
  readonly count: number;
}

/** How often each rule answered which way between two moments (ms since 1970, the second not included): a walk over these rows of the log. */
export function countAnswers(db: QueryLogDb, since: number, until: number): readonly AnswerCount[] {
  const notConfirmed = db.first(db.query.selectFrom('words').select('id').where('text', '=', NOT_CONFIRMED));
  return db
    .prepare(COUNTS)
    .all({ first: firstIdAt(since), end: firstIdAt(until), notConfirmed: notConfirmed?.id ?? 0 })
    .map((row) => ({
      groupId: row.group_id ?? undefined,
      verdict: VERDICTS[row.verdict] ?? 'failed',
      ruleId: row.rule_id ?? undefined,
      beforeReady: row.before_ready === 1,
      count: row.count,
    }));
}

/** The reason of an answer that nothing confirmed in time, as the gate words it. */
export const NOT_CONFIRMED = 'not-confirmed';

const COUNTS: Build<
  QueryLogSchema,
  { first: number; end: number; notConfirmed: number },
  {
    readonly group_id: number | null;
    readonly verdict: number;
    readonly rule_id: number | null;
    readonly before_ready: number;
    readonly count: number;
  }
> = (value, query) =>
  query
    .selectFrom('queries')
    .select(['group_id', 'verdict', 'rule_id'])
    .select((e) => [
      sql<number>`${e.ref('reason_id')} = ${value('notConfirmed')}`.as('before_ready'),
      e.fn.sum<number>('count').as('count'),
    ])
    .where('id', '>=', value('first'))
    .where('id', '<', value('end'))
    .groupBy(['group_id', 'verdict', 'rule_id', 'before_ready']);
