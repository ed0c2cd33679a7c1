import { formatDomainName } from '../base/domain-name.ts';
import type { Denial } from '../store/denials.ts';
import type { MainDb } from '../store/open.ts';
import { type Rule, temporaryRulesSince } from '../store/rules.ts';

export interface AllowedBefore {
  readonly times: number;
  /** ms since 1970; absent: one of them is still in force. */
  readonly endedAt: number | undefined;
}

/** Which refused names somebody allowed for a while lately, by the id of the denial: who allows a name again and again wants it for good. */
export function allowedBefore(
  db: MainDb,
  denials: readonly Denial[],
  now: number,
): ReadonlyMap<number, AllowedBefore> {
  const found = new Map<number, AllowedBefore>();
  for (const [groupId, ofGroup] of Map.groupBy(denials, (denial) => denial.groupId)) {
    const allows = temporaryRulesSince(db, groupId, now - LATELY_MS).filter(
      ({ action }) => action === 'allow',
    );
    if (allows.length === 0) continue;
    const byPattern = Map.groupBy(allows, ({ pattern }) => pattern);
    for (const denial of ofGroup) {
      const name = formatDomainName(denial.name);
      const own = [...(byPattern.get(name) ?? []), ...(byPattern.get(`.${name}`) ?? [])];
      if (own.length > 0) found.set(denial.id, { times: own.length, endedAt: lastEnd(own, now) });
    }
  }
  return found;
}

function lastEnd(rules: readonly Rule[], now: number): number | undefined {
  const last = Math.max(...rules.map(({ endedAt, expiresAt }) => endedAt ?? expiresAt ?? now));
  return last > now ? undefined : last;
}

/** Milliseconds: a week, as far as people remember what they clicked. */
const LATELY_MS = 7 * 86_400_000;
