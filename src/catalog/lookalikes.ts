/** Names made to be taken for another one: other letters of the same look, a letter more or less, the real name in front. */
import { domainToUnicode } from 'node:url';
import { publicSuffixes, registeredDomain } from '../base/public-suffix.ts';

/** What Plex itself runs names below; public reports and lists of its domains name no others. */
export const PLEX_DOMAINS: readonly string[] = [
  'plex.tv',
  'plexapp.com',
  'plex.direct',
  'plex.services',
  'plex.bz',
  'plex.com',
];

/** A domain that others may be made to look like, and how it looks. */
export interface Trusted {
  readonly domain: string;
  readonly look: string;
}

/** Worked out once for many names. */
export function trust(domains: readonly string[]): readonly Trusted[] {
  return [...new Set([...PLEX_DOMAINS, ...domains])].map((domain) => ({ domain, look: skeleton(domain) }));
}

/** The domain that a name is made to be taken for; undefined when it is one of them, or like none. */
export function lookalikeOf(name: string, trusted: readonly Trusted[]): string | undefined {
  const domain = registeredDomain(name);
  if (trusted.some((one) => one.domain === domain)) return undefined;
  const inside = trusted.find((one) => `.${name}.`.includes(`.${one.domain}.`));
  if (inside !== undefined) return inside.domain;
  const seen = skeleton(domain);
  const near = trusted.find(({ look }) => isNear(seen, look));
  if (near !== undefined) return near.domain;
  const own = skeleton(publicSuffixes().getDomainWithoutSuffix(name, { validateHostname: false }) ?? domain);
  return own.split('-').some((part) => part.startsWith('plex')) ? 'plex.tv' : undefined;
}

/** How a name looks at a glance: without accents, with one letter for all that look like it. */
function skeleton(domain: string): string {
  const unicode = domain.includes('xn--') ? domainToUnicode(domain) || domain : domain;
  const plain = unicode
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
  const letters = [...plain].map((letter) => LOOKS_LIKE.get(letter) ?? letter).join('');
  return letters.replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** One letter more, less, another one, or two that changed places; short names would be near everything. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  if (b.length < SHORTEST || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

/** Characters: plex.tv. */
const SHORTEST = 7;

/** Letters of other scripts and digits that a reader takes for these: those of Unicode's confusables that names are faked with. */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аαɑ',
    b: 'Ьв',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еεєҽ3',
    g: 'ɡ',
    h: 'һ',
    j: 'ј',
    k: 'кκ',
    l: 'i1ӏіιı|',
    m: 'м',
    n: 'пո',
    o: '0оοօ',
    p: 'рρ',
    q: 'ԛ',
    r: 'гᴦ',
    s: 'ѕ5',
    t: 'тτ',
    u: 'υս',
    v: 'ѵν',
    w: 'ԝω',
    x: 'хχ×',
    y: 'уү',
  }).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const)),
);

export const PLEX_ALONE = trust([]);
