import {
  type DomainName,
  firstLabel,
  formatDomainName,
  isBelow,
  parentOf,
  parseDomainName,
} from '../base/domain-name.ts';

/**
 * Which names a pattern of the catalog means.
 *
 *   example.org        exact
 *   *.example.org      below     at any depth, not itself
 *   .example.org       both
 *   derp*.example.org  template  a first label of that form, right below the name; no rule can say that
 */
export interface Reach {
  readonly kind: 'exact' | 'below' | 'both' | 'template';
  /** What all of them end in. */
  readonly name: DomainName;
  /** Of a template: what the first label begins and ends with. */
  readonly label?: { readonly start: string; readonly end: string };
}

export const NO_RULE_FOR_TEMPLATE =
  'A wildcard inside a label: rules know only name, *.name and .name. Allow the names the host asks, one by one.';

/** Throws RangeError that quotes the pattern. */
export function parseReach(pattern: string): Reach {
  if (pattern.startsWith('*.')) return { kind: 'below', name: plainName(pattern.slice(2), pattern) };
  if (pattern.startsWith('.')) return { kind: 'both', name: plainName(pattern.slice(1), pattern) };
  const template = /^([a-z0-9-]*)\*([a-z0-9-]*)\.(.+)$/.exec(pattern);
  if (template === null) return { kind: 'exact', name: plainName(pattern, pattern) };
  const [, start = '', end = '', rest = ''] = template;
  return { kind: 'template', name: plainName(rest, pattern), label: { start, end } };
}

export function isReached({ kind, name, label }: Reach, asked: DomainName): boolean {
  if (kind === 'template') return parentOf(asked) === name && hasForm(firstLabel(asked), label);
  return (kind !== 'below' && asked === name) || (kind !== 'exact' && isBelow(asked, name));
}

function hasForm(text: string, form: Reach['label']): boolean {
  if (form === undefined) return false;
  const { start, end } = form;
  return text.length > start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function plainName(text: string, pattern: string): DomainName {
  const name = parseDomainName(text);
  if (/[*<>{}[\]]/.test(text) || formatDomainName(name) !== text)
    throw new RangeError(`not a pattern of the catalog: ${JSON.stringify(pattern)}`);
  return name;
}
