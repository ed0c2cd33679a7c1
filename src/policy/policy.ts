/**
 * Rules become a policy, a policy gives verdicts. Pure: no clock, no store.
 *
 *   precedence   1. the most specific pattern: exact, then the longest suffix
 *                2. at equal specificity: a person's temporary rule, then deny, then allow
 *
 * A policy is plain data that travels between threads; compilePolicy() makes it quick to ask.
 */
import type { DomainName } from '../base/domain-name.ts';
import { createNameTable, type Named } from './name-table.ts';
import type { Pattern } from './pattern.ts';

export interface PolicyRule {
  readonly id: number;
  readonly action: 'allow' | 'deny';
  readonly pattern: Pattern;
  /** Qtypes an allow covers; 'any' is every type. A deny covers every type. */
  readonly types: readonly number[] | 'any';
  /** A person's rule that ends by itself; it goes before deny at equal specificity. */
  readonly temporary: boolean;
  readonly expiresAt: number | undefined;
  /** Private addresses of this name are told; they are never leased. */
  readonly private: boolean;
}

export type Mode = 'learn' | 'enforce' | 'paused';

export type Verdict =
  | { readonly allowed: true; readonly reason: 'rule'; readonly rule: PolicyRule }
  /** Only learning or a pause lets this through; wouldBe is what enforcing says. */
  | {
      readonly allowed: true;
      readonly reason: 'learn' | 'paused';
      readonly rule: undefined;
      readonly wouldBe: Denied;
    }
  | Denied;

export interface Denied {
  readonly allowed: false;
  /** above-allowed: something below this name is allowed, so the name must not be called nonexistent (RFC 8020). */
  readonly reason: 'no-rule' | 'deny-rule' | 'qtype' | 'above-allowed';
  readonly rule: PolicyRule | undefined;
}

export interface Policy {
  decide(name: DomainName, qtype: number, mode: Mode, now: number): Verdict;
}

export function compilePolicy(rules: readonly PolicyRule[]): Policy {
  const nodes = createNameTable(createNode);
  const types = shareTypes();
  for (const rule of rules) plant(nodes.obtain(rule.pattern.name), { ...rule, types: types(rule.types) });

  const judge = (name: DomainName, qtype: number, now: number): Verdict => {
    const nearest = nodes.nearest(name);
    const own = nearest?.name.length === name.length ? nearest : undefined;
    const atName = own && (verdictOf(own.exact, qtype, now) ?? verdictOf(own.both, qtype, now));
    if (atName !== undefined) return atName;
    for (let node = own === undefined ? nearest : own.parent; node !== undefined; node = node.parent) {
      const verdict = verdictOf(node.below, qtype, now);
      if (verdict !== undefined) return verdict;
    }
    return { allowed: false, reason: own?.isAbove === true ? 'above-allowed' : 'no-rule', rule: undefined };
  };

  return {
    decide(name, qtype, mode, now) {
      const verdict = judge(name, qtype, now);
      if (mode === 'enforce' || verdict.allowed || verdict.reason === 'deny-rule') return verdict;
      return { allowed: true, reason: mode, rule: undefined, wouldBe: verdict };
    },
  };
}

/** A name that a rule is for, or that is above one. */
interface Node extends Named<Node> {
  /** Rules for this very name. */
  exact: Rules;
  /** Those for this name and what is below it. */
  both: Rules;
  /** Those for what is below it; the ones of `both` among them. */
  below: Rules;
  /** Something below is allowed. */
  isAbove: boolean;
}

/** Strongest first. Nearly always it is one: without a list around it, it is found with half the steps through memory. */
type Rules = PolicyRule | readonly PolicyRule[] | undefined;

function createNode({ name, parent }: Named<Node>): Node {
  return { name, parent, exact: undefined, both: undefined, below: undefined, isAbove: false };
}

function plant(node: Node, rule: PolicyRule): void {
  const { kind } = rule.pattern;
  if (kind === 'exact') node.exact = withRule(node.exact, rule);
  else node.below = withRule(node.below, rule);
  if (kind === 'both') node.both = withRule(node.both, rule);
  if (rule.action === 'deny') return;
  if (kind === 'below') node.isAbove = true;
  for (let above = node.parent; above !== undefined && !above.isAbove; above = above.parent)
    above.isAbove = true;
}

function withRule(rules: Rules, rule: PolicyRule): Rules {
  return rules === undefined ? rule : [...listOf(rules), rule].sort(strongestFirst);
}

function listOf(rules: PolicyRule | readonly PolicyRule[]): readonly PolicyRule[] {
  return 'id' in rules ? [rules] : rules;
}

/** The same list for the same types: most rules have the same, and one list is soon at hand. */
function shareTypes(): (types: PolicyRule['types']) => PolicyRule['types'] {
  const shared = new Map<string, PolicyRule['types']>();
  return (types) => {
    const key = String(types);
    const first = shared.get(key) ?? types;
    shared.set(key, first);
    return first;
  };
}

/** What the rules of one specificity say; undefined when none of them is alive. */
function verdictOf(rules: Rules, qtype: number, now: number): Verdict | undefined {
  if (rules === undefined) return undefined;
  if ('id' in rules) return verdictOfOne(rules, qtype, now);
  let unfit: Verdict | undefined;
  for (const rule of rules) {
    const verdict = verdictOfOne(rule, qtype, now);
    if (verdict?.reason !== 'qtype') {
      if (verdict !== undefined) return verdict;
    } else unfit ??= verdict;
  }
  return unfit;
}

function verdictOfOne(rule: PolicyRule, qtype: number, now: number): Verdict | undefined {
  if (rule.expiresAt !== undefined && rule.expiresAt <= now) return undefined;
  if (rule.action === 'deny') return { allowed: false, reason: 'deny-rule', rule };
  if (rule.types === 'any' || rule.types.includes(qtype)) return { allowed: true, reason: 'rule', rule };
  return { allowed: false, reason: 'qtype', rule };
}

function strongestFirst(a: PolicyRule, b: PolicyRule): number {
  return rank(a) - rank(b) || a.id - b.id;
}

function rank({ temporary, action }: PolicyRule): number {
  return temporary ? 0 : action === 'deny' ? 1 : 2;
}
