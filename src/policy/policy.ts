/**
 * Rules become a policy, a policy gives verdicts. Pure: no clock, no store.
 *
 *   precedence   1. the most specific pattern: exact, then the longest suffix
 *                2. at equal specificity: a person's temporary rule, then deny, then allow
 *
 * A policy is plain data that travels between threads; compilePolicy() makes it quick to ask.
 */
import { type DomainName, parentOf } from '../base/domain-name.ts';
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
  const exact = new Map<DomainName, PolicyRule[]>();
  const below = new Map<DomainName, PolicyRule[]>();
  const above = new Set<DomainName>();
  for (const rule of rules) {
    const { kind, name } = rule.pattern;
    if (kind === 'exact') push(exact, name, rule);
    else push(below, name, rule);
    if (rule.action === 'allow')
      for (let up = parentOf(name); up !== undefined; up = parentOf(up)) above.add(up);
    if (rule.action === 'allow' && kind === 'below') above.add(name);
  }

  const judge = (name: DomainName, qtype: number, now: number): Verdict => {
    for (const level of levels(name, exact, below)) {
      const alive = level.filter((rule) => rule.expiresAt === undefined || rule.expiresAt > now);
      if (alive.length === 0) continue;
      const winner = strongest(alive.filter((rule) => covers(rule, qtype)));
      if (winner?.action === 'allow') return { allowed: true, reason: 'rule', rule: winner };
      if (winner !== undefined) return { allowed: false, reason: 'deny-rule', rule: winner };
      return { allowed: false, reason: 'qtype', rule: strongest(alive) };
    }
    return { allowed: false, reason: above.has(name) ? 'above-allowed' : 'no-rule', rule: undefined };
  };

  return {
    decide(name, qtype, mode, now) {
      const verdict = judge(name, qtype, now);
      if (mode === 'enforce' || verdict.allowed || verdict.reason === 'deny-rule') return verdict;
      return { allowed: true, reason: mode, rule: undefined, wouldBe: verdict };
    },
  };
}

/** The rules that match the name, most specific level first. */
function* levels(
  name: DomainName,
  exact: ReadonlyMap<DomainName, PolicyRule[]>,
  below: ReadonlyMap<DomainName, PolicyRule[]>,
): Generator<readonly PolicyRule[]> {
  yield exact.get(name) ?? [];
  yield (below.get(name) ?? []).filter((rule) => rule.pattern.kind === 'both');
  for (let up = parentOf(name); up !== undefined; up = parentOf(up)) yield below.get(up) ?? [];
}

function covers(rule: PolicyRule, qtype: number): boolean {
  return rule.action === 'deny' || rule.types === 'any' || rule.types.includes(qtype);
}

function strongest(rules: readonly PolicyRule[]): PolicyRule | undefined {
  const rank = (rule: PolicyRule) => (rule.temporary ? 0 : rule.action === 'deny' ? 1 : 2);
  return rules.toSorted((a, b) => rank(a) - rank(b) || a.id - b.id)[0];
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
