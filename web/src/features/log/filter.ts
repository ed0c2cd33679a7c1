/**
 * The filter of the query log: words with spaces between, each `key:value`, or a part of a name.
 *
 *   name:*.plex.tv verdict:denied client:192.168.20.5 group:plex type:A,AAAA since:15m until:2026-11-22T12:00:00Z tmdb
 *
 * Pure; who asks the API says what time it is.
 */
import type { Query } from '../../api/types.ts';

export const KEYS = ['name', 'verdict', 'client', 'group', 'type', 'reason', 'since', 'until'] as const;
export type Key = (typeof KEYS)[number] | 'part';

export interface Term {
  readonly key: Key;
  readonly value: string;
}

export const VERDICTS = ['allowed', 'denied', 'failed'] as const;

/** Of a key that may stand once the last counts. */
export function readFilter(text: string): readonly Term[] {
  const terms = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(readTerm);
  return terms.filter((term, place) => !terms.slice(place + 1).some(({ key }) => isSamePlace(key, term.key)));
}

export type Mistake =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'value'; readonly key: (typeof KEYS)[number]; readonly value: string };

/** The first word that cannot be meant as it is typed: it would only find nothing. */
export function mistakeIn(text: string): Mistake | undefined {
  for (const word of text.split(/\s+/)) {
    const colon = word.indexOf(':');
    if (colon < 0) continue;
    const [typed, value] = [word.slice(0, colon), word.slice(colon + 1)];
    const key = KEYS.find((one) => one === typed.toLowerCase());
    if (key === undefined) return { kind: 'key', key: typed };
    if (value === '' || !isPossible(key, value)) return { kind: 'value', key, value };
  }
  return undefined;
}

function isPossible(key: (typeof KEYS)[number], value: string): boolean {
  if (key === 'verdict') return VERDICTS.some((one) => one === value);
  // Only whether it is a time: which one, depends on when it is asked.
  if (key === 'client') return ADDRESS.test(value);
  if (key === 'since' || key === 'until') return momentOf(value, 0) !== undefined;
  return true;
}

export function writeFilter(terms: readonly Term[]): string {
  return terms.map(writeTerm).join(' ');
}

export function writeTerm({ key, value }: Term): string {
  return key === 'part' ? value : `${key}:${value}`;
}

export function withTerm(terms: readonly Term[], term: Term): readonly Term[] {
  return [...terms.filter(({ key }) => !isSamePlace(key, term.key)), term];
}

export function without(terms: readonly Term[], gone: Key): readonly Term[] {
  return terms.filter(({ key }) => key !== gone);
}

/** As the API takes it; `since:15m` is a moment now, and another one in a minute. */
export function asParameters(terms: readonly Term[], now: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    terms.map(({ key, value }) => [
      key,
      key === 'since' || key === 'until' ? (momentOf(value, now) ?? value) : value,
    ]),
  );
}

/** Whether what comes live is meant too; names as the API takes them. */
export function isMeant(
  {
    name,
    client,
    group,
    type,
    verdict,
    reason,
  }: Pick<Query, 'name' | 'client' | 'group' | 'type' | 'verdict' | 'reason'>,
  terms: readonly Term[],
): boolean {
  const tests: Readonly<Record<Key, (value: string) => boolean>> = {
    part: (text) => name.toLowerCase().includes(text.toLowerCase()),
    name: (text) => isNamed(name.toLowerCase(), text.toLowerCase().replace(/\.$/, '')),
    client: (text) => client === text.toLowerCase(),
    group: (text) => group === text,
    type: (text) => text.toUpperCase().split(',').includes(type),
    verdict: (text) => verdict === text,
    reason: (text) => reason === text,
    // What comes live is of now.
    since: () => true,
    until: () => false,
  };
  return terms.every(({ key, value }) => tests[key](value));
}

/** What the time in view begins with: the filter's own, or a day. */
export function beginOf(terms: readonly Term[], now: number): number {
  const since = textOf(terms, 'since');
  const moment = since === undefined ? undefined : momentOf(since, now);
  return moment === undefined ? now - DAY_MS : Date.parse(moment);
}

export function endOf(terms: readonly Term[], now: number): number {
  const until = textOf(terms, 'until');
  const moment = until === undefined ? undefined : momentOf(until, now);
  return moment === undefined ? now : Math.min(Date.parse(moment), now);
}

export function textOf(terms: readonly Term[], wanted: Key): string | undefined {
  return terms.find(({ key }) => key === wanted)?.value;
}

function readTerm(word: string): Term {
  const colon = word.indexOf(':');
  const key = KEYS.find((one) => one === word.slice(0, colon).toLowerCase());
  const value = word.slice(colon + 1);
  return key === undefined || value === '' ? { key: 'part', value: word } : { key, value };
}

/** A name and a part of one are two ways to say the same. */
function isSamePlace(one: Key, other: Key): boolean {
  return one === other || (NAMES.has(one) && NAMES.has(other));
}

function isNamed(name: string, wanted: string): boolean {
  if (wanted.startsWith('*.')) return name.endsWith(wanted.slice(1));
  if (wanted.startsWith('.')) return name === wanted.slice(1) || name.endsWith(wanted);
  return name === wanted;
}

/** ISO text; undefined where it is no time. */
function momentOf(text: string, now: number): string | undefined {
  const [, n, unit] = /^(\d{1,4})(s|m|h|d)$/.exec(text) ?? [];
  if (n !== undefined && unit !== undefined) {
    return new Date(now - Number(n) * UNITS[unit as keyof typeof UNITS]).toISOString();
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

const NAMES: ReadonlySet<Key> = new Set(['name', 'part']);
/** What may be an address, of either family; whether it is one, the API says. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f]*:[\da-f:.]*)$/i;
const DAY_MS = 86_400_000;
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;
