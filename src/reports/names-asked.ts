/** The names a group asked in a period of up to 13 months, each once: answered ones from the counts by day, refused ones from the log. */
import type { DomainName } from '../base/domain-name.ts';
import type { AskedName } from '../catalog/suggest.ts';
import { typeName } from '../dns/wire/constants.ts';
import type { QueryLogDb } from '../store/open.ts';
import { answeredInPeriod } from '../store/querylog/answered.ts';
import { refusedInPeriod } from '../store/querylog/refused.ts';

export function namesAsked(
  db: QueryLogDb,
  period: { readonly groupId: number; readonly since: number; readonly until: number },
): readonly AskedName[] {
  const answered = answeredInPeriod(db, period).flatMap(
    ({ name, qtype, reason, resolved, ...counts }): readonly AskedName[] =>
      name === undefined || LOCAL.has(reason)
        ? []
        : [{ ...counts, name, types: resolved > 0 ? [typeName(qtype)] : [], refused: false }],
  );
  const refused = refusedInPeriod(db, {
    ...period,
    since: Math.max(period.since, period.until - REFUSED_WITHIN_MS),
  })
    .filter(({ reasons }) => reasons.some((reason) => !REFUSED_FOR_WHAT_THEY_ARE.has(reason)))
    .map(
      ({ name, count, firstAt, lastAt }): AskedName => ({
        name,
        types: [],
        count,
        firstAt,
        lastAt,
        days: 1,
        refused: true,
      }),
    );
  const byName = Map.groupBy<DomainName, AskedName>([...answered, ...refused], ({ name }) => name);
  return [...byName].map(([name, rows]) => ({
    name,
    types: [...new Set(rows.flatMap(({ types }) => types))].sort(),
    count: rows.reduce((sum, { count }) => sum + count, 0),
    firstAt: Math.min(...rows.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...rows.map(({ lastAt }) => lastAt)),
    refused: rows.some(({ refused }) => refused),
    // Of each type and reason by itself: at least so many.
    days: Math.max(...rows.map(({ days }) => days)),
  }));
}

/** Milliseconds: an enforced group is refused all the time, and what it is refused now is what it asks now. */
const REFUSED_WITHIN_MS = 7 * 86_400_000;

/** Names of this house, which no rule is for; of plex.direct the foreign ones are refused, and told. */
const LOCAL: ReadonlySet<string> = new Set(['local', 'plex-direct', 'no-ipv6']);
/** Refused for what they are, not for their name. */
export const REFUSED_FOR_WHAT_THEY_ARE: ReadonlySet<string> = new Set([
  'not-in-class',
  'transfer',
  'not-a-type',
  'loop',
  'too-many',
  'unknown-client',
]);
