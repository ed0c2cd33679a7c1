import type { NearMiss } from '../actions/query-port.ts';
import { publicSuffixes } from '../base/public-suffix.ts';
import type { Rule } from '../store/rules.ts';

/** Rules that allow something close to a name that none of them allows: the likeliest typing errors and too narrow patterns first. Pure. */
export function nearestRules(rules: readonly Rule[], name: string): readonly NearMiss[] {
  const domain = publicSuffixes().getDomain(name, OCTETS);
  if (domain === null) return [];
  const labels = name.split('.').reverse();
  return (
    rules
      .filter(({ action }) => action === 'allow')
      .map((rule) => ({ rule, base: rule.pattern.replace(/^\*?\./, '') }))
      // The end of the text tells most of them apart, without looking up what can be registered below what.
      .filter(({ base }) => base === domain || base.endsWith(`.${domain}`))
      .map((one) => ({ ...one, shared: sharedLabels(labels, one.base.split('.').reverse()) }))
      .sort((a, b) => b.shared - a.shared || a.rule.id - b.rule.id)
      .slice(0, MOST)
      .map(({ rule: { id, action, pattern }, base }) => ({
        id,
        action,
        pattern,
        misses: missedBy(pattern, base, name),
      }))
  );
}

function missedBy(pattern: string, base: string, name: string): string {
  if (base === name) return `it is for names below ${base}, not for ${base} itself`;
  if (name.endsWith(`.${base}`) && pattern === base)
    return 'it is for that name only, not for names below it';
  return 'it is for another name of the same domain';
}

function sharedLabels(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((label, at) => label !== other[at]);
  return differs === -1 ? one.length : differs;
}

/** Names in the DNS have characters that no host name has. */
const OCTETS = { validateHostname: false } as const;
const MOST = 5;
