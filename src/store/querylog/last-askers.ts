import { sql } from 'kysely';
import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { QueryLogDb } from '../open.ts';
import { addressFromSql, splitList } from '../values.ts';
import { labelsOf } from './labels.ts';

export interface LastAskers {
  readonly clients: readonly IpAddress[];
  readonly answers: readonly IpAddress[];
}

/** Who asked a name last, and what it was told: of the newest questions only, however many there were. */
export function lastAskersOf(db: QueryLogDb, groupId: number, name: DomainName): LastAskers {
  const rows = db.all(
    db.query
      .selectFrom((e) =>
        e
          .selectFrom('queries')
          .select(['client_id', 'answers_id'])
          .where('name_id', '=', (n) => n.selectFrom('names').select('id').where('text', '=', labelsOf(name)))
          // The + keeps SQLite on the index of names.
          .where(sql<number>`+group_id`, '=', groupId)
          .orderBy('id', 'desc')
          .limit(NEWEST)
          .as('q'),
      )
      .innerJoin('clients as c', 'c.id', 'q.client_id')
      .leftJoin('answer_sets as a', 'a.id', 'q.answers_id')
      .select(['c.text as client', 'a.text as answers'])
      .distinct(),
  );
  return {
    clients: each(rows.map(({ client }) => client)),
    answers: each(rows.flatMap(({ answers }) => splitList(answers ?? '', ' '))),
  };
}

/** Questions; enough to see each client of a house. */
const NEWEST = 50;

const each = (texts: readonly string[]) => [...new Set(texts)].sort().map(addressFromSql);
