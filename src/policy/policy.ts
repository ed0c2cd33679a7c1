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
import { buildSuffixTable } from './suffix-table.ts';

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
  // One place for each name that a rule or a name below it mentions, so that a decision is one look-up a label.
  const places = new Map<DomainName, Place>();
  for (const rule of rules.toSorted(strongestFirst)) {
    const { kind, name } = rule.pattern;
    const place = placeAt(places, name);
    if (kind === 'exact') place.exact.push(rule);
    else place.below.push(rule);
    if (kind === 'both') place.both.push(rule);
    if (rule.action === 'deny') continue;
    if (kind === 'below') place.aboveAllowed = true;
    for (let up = parentOf(name); up !== undefined; up = parentOf(up)) {
      const above = placeAt(places, up);
      // Then all names further up are marked already.
      if (above.aboveAllowed) break;
      above.aboveAllowed = true;
    }
  }

  const table = buildSuffixTable(places, ({ below }) => below.length > 0);

  const judge = (name: DomainName, qtype: number, now: number): Verdict => {
    let aboveAllowed = false;
    for (const place of table.upwards(name)) {
      const isOwn = place.name.length === name.length;
      const verdict = isOwn
        ? (atLevel(place.exact, qtype, now) ?? atLevel(place.both, qtype, now))
        : atLevel(place.below, qtype, now);
      if (verdict !== undefined) return verdict;
      if (isOwn) aboveAllowed = place.aboveAllowed;
    }
    return aboveAllowed ? ABOVE_ALLOWED : NO_RULE;
  };

  return {
    decide(name, qtype, mode, now) {
      const verdict = judge(name, qtype, now);
      if (mode === 'enforce' || verdict.allowed || verdict.reason === 'deny-rule') return verdict;
      return { allowed: true, reason: mode, rule: undefined, wouldBe: verdict };
    },
  };
}

/** The rules that mention one name, the strongest first. */
interface Place {
  readonly name: DomainName;
  readonly exact: PolicyRule[];
  readonly both: PolicyRule[];
  /** Of both kinds: what holds for the names below. */
  readonly below: PolicyRule[];
  aboveAllowed: boolean;
}

const NO_RULE: Denied = { allowed: false, reason: 'no-rule', rule: undefined };
const ABOVE_ALLOWED: Denied = { allowed: false, reason: 'above-allowed', rule: undefined };

function placeAt(places: Map<DomainName, Place>, name: DomainName): Place {
  let place = places.get(name);
  if (place === undefined) {
    place = { name, exact: [], both: [], below: [], aboveAllowed: false };
    places.set(name, place);
  }
  return place;
}

/** What one level says; undefined when no rule of it is in force. */
function atLevel(rules: readonly PolicyRule[], qtype: number, now: number): Verdict | undefined {
  let first: PolicyRule | undefined;
  for (const rule of rules) {
    if (rule.expiresAt !== undefined && rule.expiresAt <= now) continue;
    first ??= rule;
    if (!covers(rule, qtype)) continue;
    return rule.action === 'allow'
      ? { allowed: true, reason: 'rule', rule }
      : { allowed: false, reason: 'deny-rule', rule };
  }
  return first === undefined ? undefined : { allowed: false, reason: 'qtype', rule: first };
}

function covers(rule: PolicyRule, qtype: number): boolean {
  return rule.action === 'deny' || rule.types === 'any' || rule.types.includes(qtype);
}

function strongestFirst(a: PolicyRule, b: PolicyRule): number {
  const rank = (rule: PolicyRule) => (rule.temporary ? 0 : rule.action === 'deny' ? 1 : 2);
  return rank(a) - rank(b) || a.id - b.id;
}
