/**
 * Rules become a policy, a policy gives verdicts. Pure: no clock, no store.
 *
 *   precedence   1. the most specific pattern: exact, then the longest suffix
 *                2. at equal specificity: a person's temporary rule, then deny, then allow
 *
 * A policy is plain data that travels between threads; compilePolicy() makes it quick to ask.
 */
import type { DomainName } from '../base/domain-name.ts';
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
  const root = createNode();
  for (const rule of rules) plant(root, rule);
  sortRules(root);

  const judge = (name: DomainName, qtype: number, now: number): Verdict => {
    const path = walk(root, name);
    const own = path.isWhole ? path.nodes.pop() : undefined;
    const atName = own && (verdictOf(own.exact, qtype, now) ?? verdictOf(own.both, qtype, now));
    if (atName !== undefined) return atName;
    for (let node = path.nodes.pop(); node !== undefined; node = path.nodes.pop()) {
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

/**
 * A tree of labels from the root down: a name no rule knows is left at its last labels, however many rules there are.
 * The lists are kept strongest first.
 */
interface Node {
  children: Map<string, Node> | undefined;
  /** Rules for this very name. */
  exact: PolicyRule[];
  /** Those for this name and what is below it. */
  both: PolicyRule[];
  /** Those for what is below it; the ones of `both` among them. */
  below: PolicyRule[];
  /** Something below is allowed. */
  isAbove: boolean;
}

function createNode(): Node {
  return { children: undefined, exact: NO_RULES, both: NO_RULES, below: NO_RULES, isAbove: false };
}

function plant(root: Node, rule: PolicyRule): void {
  const { kind, name } = rule.pattern;
  const isAllowed = rule.action === 'allow';
  let node = root;
  for (const label of labelsFromRoot(name)) {
    node.isAbove ||= isAllowed;
    node.children ??= new Map();
    const child = node.children.get(label) ?? createNode();
    node.children.set(label, child);
    node = child;
  }
  if (kind === 'exact') node.exact = [...node.exact, rule];
  else node.below = [...node.below, rule];
  if (kind === 'both') node.both = [...node.both, rule];
  if (kind === 'below') node.isAbove ||= isAllowed;
}

function sortRules(node: Node): void {
  for (const list of [node.exact, node.both, node.below]) if (list.length > 1) list.sort(strongestFirst);
  for (const child of node.children?.values() ?? []) sortRules(child);
}

/** The nodes on the way to a name, the root first; isWhole when they lead all the way. */
function walk(root: Node, name: DomainName): { readonly nodes: Node[]; readonly isWhole: boolean } {
  const nodes = [root];
  let node = root;
  for (const label of labelsFromRoot(name)) {
    const child = node.children?.get(label);
    if (child === undefined) return { nodes, isWhole: false };
    nodes.push(child);
    node = child;
  }
  return { nodes, isWhole: true };
}

/** Each label with its length octet; 'org' comes first. */
function labelsFromRoot(name: DomainName): readonly string[] {
  const labels: string[] = [];
  for (let at = 0; at < name.length - 1; ) {
    const end = at + name.charCodeAt(at) + 1;
    labels.push(name.slice(at, end));
    at = end;
  }
  return labels.reverse();
}

const NO_RULES: PolicyRule[] = [];

/** What the rules of one specificity say, the strongest first; undefined when none of them is alive. */
function verdictOf(rules: readonly PolicyRule[], qtype: number, now: number): Verdict | undefined {
  let unfit: PolicyRule | undefined;
  for (const rule of rules) {
    if (rule.expiresAt !== undefined && rule.expiresAt <= now) continue;
    if (rule.action === 'deny') return { allowed: false, reason: 'deny-rule', rule };
    if (rule.types === 'any' || rule.types.includes(qtype)) return { allowed: true, reason: 'rule', rule };
    unfit ??= rule;
  }
  return unfit && { allowed: false, reason: 'qtype', rule: unfit };
}

function strongestFirst(a: PolicyRule, b: PolicyRule): number {
  return rank(a) - rank(b) || a.id - b.id;
}

function rank({ temporary, action }: PolicyRule): number {
  return temporary ? 0 : action === 'deny' ? 1 : 2;
}
