/** How often a group asked a name, or names below one, and how that ended: one walk along the index of names. */
import type { DomainName } from '../../base/domain-name.ts';
import type { QueryLogDb } from '../open.ts';
import { labelsOf, nameOf, rangeBelow } from './labels.ts';
import { firstIdAt, timeOfId } from './query-id.ts';
import { VERDICTS, type Verdict } from './writer.ts';

export interface Use {
  readonly name: DomainName;
  readonly verdict: Verdict;
  readonly count: number;
  readonly lastAt: number;
}

export interface UseFilter {
  readonly groupId: number;
  /** ms since 1970 */
  readonly since: number;
  readonly kind: 'exact' | 'below' | 'both';
  readonly name: DomainName;
}

export function usesOf(db: QueryLogDb, { groupId, since, kind, name }: UseFilter): readonly Use[] {
  const { first, end } = rangeBelow(name);
  const names = db.all(
    db.query
      .selectFrom('names')
      .select(['id', 'text'])
      .where((e) => {
        const itself = e('text', '=', labelsOf(name));
        const below = e.and([e('text', '>=', first), e('text', '<', end)]);
        return kind === 'exact' ? itself : kind === 'below' ? below : e.or([itself, below]);
      })
      .limit(MOST_NAMES),
  );
  return names.flatMap(({ id, text }) =>
    db
      .all(
        db.query
          .selectFrom('queries')
          .select('verdict')
          .select((e) => [e.fn.sum<number>('count').as('count'), e.fn.max('id').as('last')])
          .where('name_id', '=', id)
          .where('id', '>=', firstIdAt(since))
          .where('group_id', '=', groupId)
          .groupBy('verdict'),
      )
      .map((row) => ({
        name: nameOf(text),
        verdict: VERDICTS[row.verdict] ?? 'failed',
        count: row.count,
        lastAt: timeOfId(row.last),
      })),
  );
}

/** Below one name; whoever makes names up there fills no report. */
const MOST_NAMES = 50;
