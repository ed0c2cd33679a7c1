import { type Pattern, patternMatches } from '../policy/pattern.ts';
import { type Decision, type Denial, decideDenials, listDenials } from '../store/denials.ts';
import type { MainDb } from '../store/open.ts';
import type { Rule } from '../store/rules.ts';

/** A rule answers every waiting refusal it covers: nobody is asked about the same name twice. Returns which. */
export function decideCovered(
  db: MainDb,
  rule: Rule,
  pattern: Pattern,
  decision: Decision,
): readonly number[] {
  const answers = (denial: Denial) =>
    patternMatches(pattern, denial.name) &&
    (rule.action === 'deny' ||
      rule.types.includes('ANY') ||
      denial.qtypes.some((type) => rule.types.includes(type)));

  const covered: number[] = [];
  for (let cursor: number | undefined, more = true; more; ) {
    const page = listDenials(db, {
      groupId: rule.groupId,
      state: 'waiting',
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    covered.push(...page.items.filter(answers).map((denial) => denial.id));
    cursor = page.nextCursor;
    more = cursor !== undefined;
  }
  decideDenials(db, covered, decision);
  return covered;
}

const PAGE = 500;
