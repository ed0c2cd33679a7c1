import { type DomainName, formatDomainName, isBelow, parseDomainName } from '../base/domain-name.ts';

/**
 *   example.org     exact   that name only
 *   *.example.org   below   everything below it at any depth, not itself
 *   .example.org    both    (as in Squid's dstdomain)
 */
export interface Pattern {
  readonly kind: 'exact' | 'below' | 'both';
  readonly name: DomainName;
}

/** Throws RangeError that quotes the text. */
export function parsePattern(text: string): Pattern {
  const [kind, rest] = text.startsWith('*.')
    ? (['below', text.slice(2)] as const)
    : text.startsWith('.') && text.length > 1
      ? (['both', text.slice(1)] as const)
      : (['exact', text] as const);
  if (rest.includes('*')) {
    throw new RangeError(
      `not a pattern: ${JSON.stringify(text)} (* stands only at the front, as in *.example.org)`,
    );
  }
  const name = parseDomainName(rest);
  if (name.length <= 1)
    throw new RangeError(`not a pattern: ${JSON.stringify(text)} (the root is not allowed)`);
  return { kind, name };
}

export function formatPattern(pattern: Pattern): string {
  const front = pattern.kind === 'exact' ? '' : pattern.kind === 'below' ? '*.' : '.';
  return front + formatDomainName(pattern.name);
}

export function patternMatches(pattern: Pattern, name: DomainName): boolean {
  if (pattern.kind !== 'below' && name === pattern.name) return true;
  return pattern.kind !== 'exact' && isBelow(name, pattern.name);
}
