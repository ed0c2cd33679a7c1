import { isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { type Pattern, parsePattern } from '../policy/pattern.ts';

/** A pattern as a person typed it, in their own letters too (bücher.example); says how patterns are written when it is none. */
export function parseRulePattern(text: string): Pattern {
  try {
    const pattern = parsePattern(asciiOf(text.trim()).replace(/(?<=.)\.$/, ''));
    assertCanBeAsked(pattern);
    return pattern;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KnownError('invalid-input', error.message, {
      hint: 'Write example.org for that name, *.example.org for everything below it, .example.org for both.',
      cause: error,
    });
  }
}

/** Catches what people paste: a rule that no question can ever match only looks as if something were allowed. */
function assertCanBeAsked({ name }: Pattern): void {
  const text = formatDomainName(name);
  const odd = /[^a-z0-9_.-]/.exec(text)?.[0];
  if (odd !== undefined)
    throw new RangeError(
      `not a host name: ${JSON.stringify(text)} (no host name has ${JSON.stringify(odd)} in it)`,
    );
  if (isIPv4(text))
    throw new RangeError(`not a host name: ${text} is an address; open it with \`sallyport addresses add\``);
}

/** Other letters than those of DNS as DNS has them (UTS 46); what cannot be one stays, and is refused for what it is. */
function asciiOf(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const [, front = '', rest = text] = /^(\*?\.)(.*)$/s.exec(text) ?? [];
  const ascii = domainToASCII(rest);
  return ascii === '' ? text : front + ascii;
}
