import { type DomainName, parentOf } from '../base/domain-name.ts';
import { type Pattern, parsePattern, patternMatches } from '../policy/pattern.ts';
import {
  type Decision,
  type Denial,
  type DenialCursor,
  decideDenials,
  listDenials,
} from '../store/denials.ts';
import type { MainDb } from '../store/open.ts';
import type { Rule } from '../store/rules.ts';

/** A rule answers every waiting refusal it covers: nobody is asked about the same name twice. Returns which. */
export function decideCovered(
  db: MainDb,
  rule: Rule,
  pattern: Pattern,
  decision: Decision,
): readonly number[] {
  return decideWaiting(db, rule.groupId, (denial) => answers(rule, pattern, denial), decision);
}

/** The same for rules that one group got together. */
export function decideCoveredByAny(
  db: MainDb,
  groupId: number,
  rules: readonly Rule[],
  decision: Decision,
): readonly number[] {
  if (rules.length === 0) return [];
  const isAnswered = anyAnswers(rules);
  return decideWaiting(db, groupId, (denial) => isAnswered(denial), decision);
}

/**
 * Whether one of these rules says what becomes of a refused name, of which there may be as many as rules: looked for at the name
 * and its parents, and not in all rules for each.
 */
export function anyAnswers(
  rules: readonly Rule[],
): (denial: Denial, isMeant?: (rule: Rule) => boolean) => boolean {
  const compiled = rules.map((rule) => ({ rule, pattern: parsePattern(rule.pattern) }));
  const byName = Map.groupBy(compiled, ({ pattern }) => pattern.name);
  return (denial, isMeant = () => true) => {
    for (let name: DomainName | undefined = denial.name; name !== undefined; name = parentOf(name)) {
      const here = byName.get(name) ?? [];
      if (here.some(({ rule, pattern }) => isMeant(rule) && answers(rule, pattern, denial))) return true;
    }
    return false;
  };
}

/** Whether a rule says what becomes of a refused name. */
function answers(rule: Rule, pattern: Pattern, { name, qtypes }: Denial): boolean {
  return (
    patternMatches(pattern, name) &&
    (rule.action === 'deny' || rule.types.includes('ANY') || qtypes.some((type) => rule.types.includes(type)))
  );
}

/** Decides what waits in a group and is answered by now. Returns which. */
export function decideWaiting(
  db: MainDb,
  groupId: number,
  isAnswered: (denial: Denial) => boolean,
  decision: Decision,
): readonly number[] {
  const answered: number[] = [];
  for (let cursor: DenialCursor | undefined, more = true; more; ) {
    const page = listDenials(db, {
      groupId,
      state: 'waiting',
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    answered.push(...page.items.filter(isAnswered).map((denial) => denial.id));
    cursor = page.nextCursor;
    more = cursor !== undefined;
  }
  decideDenials(db, answered, decision);
  return answered;
}

const PAGE = 500;
