/** Counts answered names by UTC day as they are logged: what a report over a year reads, when the queries are gone. */
import { TYPE } from '../../dns/wire/constants.ts';
import type { SqlFile } from '../sql-file.ts';
import type { LoggedQuery } from './writer.ts';

export interface AnsweredDaysWriter {
  /** Call it in the transaction that logs the query. Refused ones are counted elsewhere, and left out. */
  count(query: LoggedQuery, ids: { readonly name: number; readonly reason: number }): void;
  /** Removes whole days from before `at`. */
  prune(at: number): void;
  /** After a rollback: rows counted in memory may not be there. */
  forget(): void;
}

export function createAnsweredDays(db: SqlFile): AnsweredDaysWriter {
  const add = db.prepare<Values>(ADD);
  const insert = db.prepare<Values>(INSERT);
  const rowsOfDay = db.prepare<Pick<Values, 'day' | 'group'>, { rows: number }>(
    'SELECT count(*) AS rows FROM answered_days WHERE day = @day AND group_id = @group',
  );
  const removeBefore = db.prepare<{ day: number }>('DELETE FROM answered_days WHERE day < @day');

  /** Rows of the days that are being written; counted anew, each new name would cost a walk over its day. */
  const used = new Map<string, number>();
  /** Whether the day of a group takes one more row, which is then counted as taken. */
  const takes = ({ day, group }: Values): boolean => {
    const key = `${day} ${group}`;
    const rows = used.get(key) ?? rowsOfDay.first({ day, group })?.rows ?? 0;
    const room = rows < MAX_ANSWERED_ROWS_PER_DAY;
    used.set(key, room ? rows + 1 : rows);
    return room;
  };

  return {
    count(query, { name, reason }) {
      if (query.verdict === 'denied' || query.groupId === undefined) return;
      const values: Values = {
        day: dayNumber(query.at),
        group: query.groupId,
        name,
        qtype: query.qtype,
        rule: query.ruleId ?? 0,
        reason,
        count: query.count,
        resolved: isResolved(query) ? query.count : 0,
        failed: query.verdict === 'failed' ? query.count : 0,
        at: query.at,
      };
      if (add.run(values) > 0) return;
      if (takes(values)) insert.run(values);
      else if (add.run({ ...values, name: OTHER_NAMES }) === 0) insert.run({ ...values, name: OTHER_NAMES });
    },
    prune(at) {
      removeBefore.run({ day: dayNumber(at) });
      used.clear();
    },
    forget: () => used.clear(),
  };
}

/** Rows per group and UTC day: a home asks some thousand names, a client that makes names up fills a day and no more. */
export const MAX_ANSWERED_ROWS_PER_DAY = 5000;
/** The id that no name has: whatever came when the day was full, still by rule. */
export const OTHER_NAMES = 0;

export function dayNumber(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** Of other types than addresses the log keeps no answer: there NOERROR is the best that can be said. */
function isResolved({ verdict, rcode, qtype, answers }: LoggedQuery): boolean {
  if (verdict !== 'allowed' || rcode !== 0) return false;
  return answers.length > 0 || (qtype !== TYPE.A && qtype !== TYPE.AAAA);
}

type Values = {
  day: number;
  group: number;
  name: number;
  qtype: number;
  rule: number;
  reason: number;
  count: number;
  resolved: number;
  failed: number;
  at: number;
};

const ADD = `
  UPDATE answered_days SET count = count + @count, resolved = resolved + @resolved, failed = failed + @failed,
    first_at = min(first_at, @at), last_at = max(last_at, @at)
  WHERE day = @day AND group_id = @group AND name_id = @name AND qtype = @qtype AND rule_id = @rule AND reason_id = @reason`;

const INSERT = `
  INSERT INTO answered_days (day, group_id, name_id, qtype, rule_id, reason_id, count, resolved, failed, first_at, last_at)
  VALUES (@day, @group, @name, @qtype, @rule, @reason, @count, @resolved, @failed, @at, @at)`;

const DAY_MS = 86_400_000;
