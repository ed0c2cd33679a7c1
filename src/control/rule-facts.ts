import { parsePattern } from '../policy/pattern.ts';
import type { MainDb } from '../store/open.ts';
import { getRule } from '../store/rules.ts';
import { isTemporary } from './policy-source.ts';

export interface RuleFacts {
  isTemporary(ruleId: number): boolean;
  /** Its pattern stands for many names. */
  isWildcard(ruleId: number): boolean;
  /** A new policy is in force. */
  forget(): void;
}

/** What the ledger asks of a rule for each lease; read once for each policy, ended rules included. */
export function createRuleFacts(db: MainDb): RuleFacts {
  const known = new Map<number, { readonly isTemporary: boolean; readonly isWildcard: boolean }>();
  const factsOf = (ruleId: number) => {
    const found = known.get(ruleId);
    if (found !== undefined) return found;
    const rule = getRule(db, ruleId);
    const facts = {
      isTemporary: isTemporary(rule),
      isWildcard: parsePattern(rule.pattern).kind !== 'exact',
    };
    known.set(ruleId, facts);
    return facts;
  };
  return {
    isTemporary: (ruleId) => factsOf(ruleId).isTemporary,
    isWildcard: (ruleId) => factsOf(ruleId).isWildcard,
    forget: () => known.clear(),
  };
}
