import type { RuleReference } from '../actions/query-port.ts';
import type { MainDb } from '../store/open.ts';
import { getRule } from '../store/rules.ts';

/** The rule as it reads today; rules are never deleted while history names them. */
export function ruleReference(db: MainDb, id: number | undefined): { readonly rule?: RuleReference } {
  if (id === undefined) return {};
  const { action, pattern } = getRule(db, id);
  return { rule: { id, action, pattern } };
}
