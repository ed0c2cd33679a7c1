import { domainToUnicode } from 'node:url';

/** A name or a pattern in its own letters: bücher.example of xn--bcher-kva.example; undefined where it has no others. */
export function inLetters(pattern: string): string | undefined {
  if (!pattern.includes('xn--')) return undefined;
  const [, front = '', rest = pattern] = /^(\*?\.)(.*)$/s.exec(pattern) ?? [];
  const letters = domainToUnicode(rest);
  return letters === '' || letters === rest ? undefined : front + letters;
}
