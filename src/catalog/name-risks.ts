/**
 * What is wrong with allowing a name or a pattern, whoever asks for it: learning, a person, a file. Pure; the sentences
 * are for people. A name without a risk is not thereby harmless: nothing is known of it.
 */
import { isIPv4 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { isPrivateAddress } from '../base/address-class.ts';
import { formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { publicSuffixes } from '../base/public-suffix.ts';
import { lookalikeOf, PLEX_ALONE, type Trusted } from './lookalikes.ts';
import { addressesIn } from './name-addresses.ts';
import { SHARED_SUFFIXES, type SharedSuffix } from './shared-suffixes.ts';

/**
 *   public-suffix    com, co.uk: everybody registers names below it
 *   shared-suffix    *.cloudfront.net: everybody can have a name below it
 *   shared-hosting   d111.cloudfront.net: somebody's name on addresses of many
 *   plex-direct      a name below plex.direct that is not the owner's: it leads wherever its first label says
 *   address-in-name  203-0-113-9.example.org: a public address is written in it
 *   lookalike        plex-tv.example, p1ex.tv: made to be taken for another one
 *   punycode         xn--…: letters that may look like others
 *   random-label     a label no person made up: a tunnel, or a name that is another one tomorrow
 *   odd-name         characters that no host name has, an address, the root: no rule can be made of it
 */
export type RiskCode =
  | 'public-suffix'
  | 'shared-suffix'
  | 'shared-hosting'
  | 'plex-direct'
  | 'address-in-name'
  | 'lookalike'
  | 'punycode'
  | 'random-label'
  | 'odd-name';

export interface NameRisk {
  readonly code: RiskCode;
  /** One sentence for a person, which begins with the name. */
  readonly sentence: string;
}

export interface Own {
  /** Of the owner's Plex servers: the labels before plex.direct. */
  readonly hashes: readonly string[];
  /** Domains that others may be made to look like: Plex's own unless more are told. */
  readonly trusted: readonly Trusted[];
}

/** For `example.org`, `*.example.org` or `.example.org`. Throws RangeError when it is none. */
export function nameRisks(text: string, own: Partial<Own> = {}): readonly NameRisk[] {
  const isWide = text.startsWith('*.') || (text.startsWith('.') && text.length > 1);
  const base = text.replace(/^\*?\.(?=.)/, '');
  const name = formatDomainName(parseDomainName(isAscii(base) ? base : domainToASCII(base)));
  const risks: NameRisk[] = [];
  const add = (code: RiskCode, sentence: string) =>
    void risks.push({ code, sentence: `${text} ${sentence}.` });

  const hosting = hostingRisk(name, isWide);
  if (hosting !== undefined) add(...hosting);
  const direct = plexDirectRisk(name, isWide, own.hashes ?? []);
  if (direct !== undefined) add('plex-direct', direct);

  const address = addressesIn(name).find((one) => !isPrivateAddress(one));
  if (address !== undefined)
    add(
      'address-in-name',
      `has the public address ${address} written in it: who asks decides where it leads`,
    );

  const like = lookalikeOf(name, own.trusted ?? PLEX_ALONE);
  if (like !== undefined) add('lookalike', `looks like ${like} and is not: somebody else runs it`);

  const labels = name.split('.');
  if (labels.some((label) => label.startsWith('xn--')))
    add(
      'punycode',
      `is written in other letters (${domainToUnicode(name) || 'unreadable ones'}), which may look like known ones`,
    );
  const random = labels.find(looksRandom);
  // Of plex.direct the hash is known by then.
  if (random !== undefined && !isAtOrBelow(name, 'plex.direct'))
    add(
      'random-label',
      `has a label that looks made by a machine (${random}): it can carry data out, or be another one tomorrow`,
    );
  if (/[^a-z0-9_.-]/.test(name)) add('odd-name', 'has characters that no host name has');
  if (isIPv4(name)) add('odd-name', 'is an address, asked as if it were a name');
  if (name === '.') add('odd-name', 'is the root, above every name');
  return risks;
}

/** Whose names and addresses these are besides: what makes a wildcard there an open door. Also for a name above such suffixes. */
export function sharedSuffixOf(name: string): Pick<SharedSuffix, 'suffix' | 'whose'> | undefined {
  const listed = SHARED_SUFFIXES.find(({ suffix }) => isAtOrBelow(name, suffix) || isAtOrBelow(suffix, name));
  if (listed !== undefined) return listed;
  const { publicSuffix, isPrivate } = publicSuffixes().parse(name, SUFFIXES);
  return publicSuffix !== null && isPrivate === true
    ? { suffix: publicSuffix, whose: 'of a provider that gives names to anybody' }
    : undefined;
}

function hostingRisk(name: string, isWide: boolean): [RiskCode, string] | undefined {
  const { publicSuffix, isPrivate } = publicSuffixes().parse(name, SUFFIXES);
  if (publicSuffix === name && isPrivate !== true)
    return [
      'public-suffix',
      isWide
        ? 'is a public suffix: everybody can register a name below it'
        : 'is a public suffix: a rule for it alone reaches no name below it, and is seldom what is meant',
    ];
  const shared = sharedSuffixOf(name);
  if (shared === undefined) return undefined;
  // What is below plex.direct is told by its own words.
  if (isAtOrBelow(name, 'plex.direct')) return undefined;
  const { suffix, whose } = shared;
  const isSuffix = isAtOrBelow(suffix, name) || publicSuffix === name;
  if (isSuffix)
    return [
      isWide ? 'shared-suffix' : 'shared-hosting',
      `reaches ${suffix} (${whose}): anybody can have a name below it`,
    ];
  return [
    'shared-hosting',
    `is a name at ${suffix} (${whose}): anybody can have one there, and its addresses serve others too`,
  ];
}

function plexDirectRisk(name: string, isWide: boolean, hashes: readonly string[]): string | undefined {
  if (!isAtOrBelow(name, 'plex.direct')) return undefined;
  const labels = name.split('.').slice(0, -2);
  const hash = labels.at(-1);
  if (hash !== undefined && hashes.includes(hash) && !isWide) return undefined;
  if (hash === undefined || (isWide && labels.length <= 1))
    return 'reaches plex.direct, where the first label is the answer: any program on the host could have any address opened';
  return `is the name of a Plex server that is not yours (${hash}): it leads to the address in its first label`;
}

/** Long and without words in it: hexadecimal, base32, base64; letters and digits in turns; no vowels for long. */
function looksRandom(label: string): boolean {
  if (label.startsWith('xn--')) return false;
  if (label.length >= LONGEST_LABEL) return true;
  return label.split(/[-_]/).some((part) => {
    if (part.length < SHORTEST_RANDOM) return false;
    const turns = part.match(/[a-z]+|\d+/g)?.length ?? 0;
    return turns > MOST_TURNS || CONSONANTS.test(part) || (part.length >= HEX_LENGTH && HEX.test(part));
  });
}

/** Characters of a label that people still make up; of one that could be random. */
const LONGEST_LABEL = 40;
const SHORTEST_RANDOM = 12;
/** Runs of letters and of digits: web01eu2 has four. */
const MOST_TURNS = 4;
const CONSONANTS = /[bcdfghjklmnpqrstvwxz]{7}/;
const HEX = /^(?=.*\d)[0-9a-f]+$/;
const HEX_LENGTH = 16;

const SUFFIXES = { allowPrivateDomains: true, validateHostname: false } as const;

function isAtOrBelow(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
