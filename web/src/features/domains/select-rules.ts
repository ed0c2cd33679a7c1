import type { RuleView } from '../../api/types.ts';
import { type RuleUse, unusedDays } from './rule-uses.ts';
import type { DomainsSearch } from './search.ts';

export interface Known {
  readonly uses: ReadonlyMap<number, RuleUse>;
  /** ms since 1970 */
  readonly now: number;
}

/** The rules that are shown, by name from its end: what belongs to one domain stands together. */
export function selectRules(
  rules: readonly RuleView[],
  search: DomainsSearch,
  { uses, now }: Known,
): readonly RuleView[] {
  const { filter = '', group, kind = 'all', unused, origin } = search;
  const wanted = filter.trim().toLowerCase();
  return rules
    .filter((rule) => group === undefined || rule.group === group)
    .filter((rule) => origin === undefined || rule.origin === origin)
    .filter((rule) => isOfKind(rule, kind))
    .filter(({ id }) => unused === undefined || (unusedDays(uses.get(id), now) ?? 0) >= unused)
    .filter(({ pattern, note, preset = '' }) =>
      [pattern, note, preset].some((text) => text.toLowerCase().includes(wanted)),
    )
    .map((rule) => ({ rule, key: fromTheEnd(rule.pattern) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.rule.id - b.rule.id))
    .map(({ rule }) => rule);
}

/** Managed by a file: it says so itself, with its line. */
export function isLocked(rule: RuleView): boolean {
  return rule.place !== undefined;
}

export function isWide(pattern: string): boolean {
  return pattern.startsWith('*.') || pattern.startsWith('.');
}

function isOfKind({ action, expiresAt }: RuleView, kind: DomainsSearch['kind']): boolean {
  if (kind === 'temporary') return expiresAt !== undefined;
  return kind === 'all' || kind === undefined || action === kind;
}

function fromTheEnd(pattern: string): string {
  return pattern.split('.').reverse().join('.');
}
