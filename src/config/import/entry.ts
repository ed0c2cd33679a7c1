/** What an importer makes of a file: rules, and what it left out with the reason. Pure: nothing here reads a file. */

import { parseRulePattern } from '../../actions/rule-pattern.ts';
import { formatDomainName } from '../../base/domain-name.ts';
import { KnownError } from '../../base/errors.ts';
import { publicSuffixes } from '../../base/public-suffix.ts';
import { formatPattern } from '../../policy/pattern.ts';

export const IMPORT_FORMATS = [
  'plain',
  'squid-dstdomain',
  'squid-log',
  'pihole',
  'adguard',
  'dnsmasq',
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportEntry {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly note: string;
}

export interface SkippedLine {
  /** From 1; the item of a list where there are no lines. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface Imported {
  readonly format: ImportFormat;
  readonly entries: readonly ImportEntry[];
  /** The first ones; `skippedCount` counts all. */
  readonly skipped: readonly SkippedLine[];
  readonly skippedCount: number;
}

/** Names; whoever has more has a block list, and this is the other way round. */
export const MAX_ENTRIES = 10_000;
/** Lines that are told one by one. */
const MAX_SKIPPED = 500;
/** Characters of a line, and of a note, that are kept. */
const MAX_TEXT = 120;

export interface Collector {
  add(line: number, action: ImportEntry['action'], pattern: string, note?: string): void;
  skip(line: number, text: string, reason: string): void;
  result(format: ImportFormat): Imported;
}

/** Each pattern once, as it comes first. */
export function createCollector(): Collector {
  const entries = new Map<string, ImportEntry>();
  const skipped: SkippedLine[] = [];
  let skippedCount = 0;
  const skip = (line: number, text: string, reason: string) => {
    skippedCount++;
    if (skipped.length < MAX_SKIPPED) skipped.push({ line, text: text.slice(0, MAX_TEXT), reason });
  };
  return {
    skip,
    add(line, action, text, note = '') {
      const read = readPattern(text);
      if ('reason' in read) {
        skip(line, text, read.reason);
        return;
      }
      const key = `${action} ${read.pattern}`;
      if (entries.has(key)) return;
      if (entries.size >= MAX_ENTRIES) skip(line, text, `more than ${MAX_ENTRIES} names`);
      else entries.set(key, { action, pattern: read.pattern, note: note.trim().slice(0, MAX_TEXT) });
    },
    result: (format) => ({ format, entries: [...entries.values()], skipped, skippedCount }),
  };
}

/** Lines from 1, without what a file from Windows has at their ends. */
export function* linesOf(text: string): Generator<readonly [line: number, text: string]> {
  let line = 1;
  for (let from = 0; from <= text.length; line++) {
    const next = text.indexOf('\n', from);
    const end = next < 0 ? text.length : next;
    yield [line, text.slice(from, end).trim()];
    from = end + 1;
  }
}

function readPattern(text: string): { readonly pattern: string } | { readonly reason: string } {
  try {
    const pattern = parseRulePattern(text);
    const name = formatDomainName(pattern.name);
    if (
      pattern.kind !== 'exact' &&
      publicSuffixes().getPublicSuffix(name, { allowPrivateDomains: true }) === name
    )
      return { reason: `it covers everything under ${name}, which strangers share` };
    return { pattern: formatPattern(pattern) };
  } catch (error) {
    if (error instanceof KnownError) return { reason: error.message };
    throw error;
  }
}
