import type { RuleView } from '../../api/types.ts';
import type { DomainsSearch } from './search.ts';

/** The rules that are shown, by name from its end: what belongs to one domain stands together. */
export function selectRules(rules: readonly RuleView[], search: DomainsSearch): readonly RuleView[] {
  const { filter = '', group, kind = 'all' } = search;
  const wanted = filter.trim().toLowerCase();
  return rules
    .filter((rule) => group === undefined || rule.group === group)
    .filter((rule) => isOfKind(rule, kind))
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

export type Risk = 'top-level' | 'shared';

/** Whether everything below a name is more than anybody means; an exact name never is. */
export function riskOf(pattern: string): Risk | undefined {
  const [, below] =
    pattern
      .trim()
      .toLowerCase()
      .match(/^\*?\.([^*]+?)\.?$/) ?? [];
  if (below === undefined) return undefined;
  if (!below.includes('.')) return 'top-level';
  return SHARED.some((domain) => below === domain || below.endsWith(`.${domain}`)) ? 'shared' : undefined;
}

function isOfKind({ action, expiresAt }: RuleView, kind: DomainsSearch['kind']): boolean {
  if (kind === 'temporary') return expiresAt !== undefined;
  return kind === 'all' || kind === undefined || action === kind;
}

function fromTheEnd(pattern: string): string {
  return pattern.split('.').reverse().join('.');
}

/** Services where anybody gets a name: below them a rule lets through whoever has an account there. */
const SHARED = [
  'akamaihd.net',
  'akamaized.net',
  'amazonaws.com',
  'azureedge.net',
  'azurewebsites.net',
  'blob.core.windows.net',
  'cdn77.org',
  'cloudfront.net',
  'edgekey.net',
  'edgesuite.net',
  'fastly.net',
  'github.io',
  'googleapis.com',
  'googleusercontent.com',
  'herokuapp.com',
  'netlify.app',
  'pages.dev',
  'vercel.app',
  'workers.dev',
];
