/** Pi-hole: its domain list as JSON (Teleporter of version 5, API of version 6) or as sqlite3 prints it. */
import { z } from 'zod';
import { KnownError } from '../../base/errors.ts';
import { type Collector, createCollector, type Imported, linesOf } from './entry.ts';

/** A row of `domainlist`; version 6 says type and kind in words. */
const DomainRow = z.object({
  domain: z.string().max(1000),
  type: z.union([z.int(), z.enum(['allow', 'deny', 'white', 'black'])]).optional(),
  kind: z.enum(['exact', 'regex']).optional(),
  enabled: z.union([z.boolean(), z.int()]).optional(),
  comment: z.string().max(10_000).nullish(),
});
type DomainRow = z.infer<typeof DomainRow>;

const List = z.union([z.array(z.unknown()), z.object({ domains: z.array(z.unknown()) })]);

/** What a file says by its own name: whitelist.exact.json has rows that do not say it. */
export interface Meaning {
  readonly action?: 'allow' | 'deny';
  readonly regex?: boolean;
}

export function importPihole(text: string): Imported {
  const found = createCollector();
  if (/^\s*[[{]/.test(text)) addJson(found, text, {});
  else addText(found, text);
  return found.result('pihole');
}

export function addJson(found: Collector, text: string, meaning: Meaning): void {
  const list = List.safeParse(parseJson(text));
  if (!list.success)
    throw new KnownError('invalid-input', 'not a domain list of Pi-hole', {
      hint: 'Take the export of Settings, Teleporter; or the answer of /api/domains.',
    });
  addRows(found, Array.isArray(list.data) ? list.data : list.data.domains, meaning);
}

export function addRows(found: Collector, rows: readonly unknown[], meaning: Meaning): void {
  for (const [index, row] of rows.entries()) {
    const read = DomainRow.safeParse(row);
    if (read.success) addRow(found, index + 1, read.data, meaning);
    else found.skip(index + 1, JSON.stringify(row) ?? '', 'not a row of a domain list');
  }
}

/** In `type`: 0 exact allow, 1 exact deny, 2 regex allow, 3 regex deny. */
function addRow(found: Collector, line: number, row: DomainRow, meaning: Meaning): void {
  const { domain, type, enabled = true, comment } = row;
  const numbered = typeof type === 'number' ? type : undefined;
  const isDeny =
    numbered === undefined ? (type ?? meaning.action) === 'deny' || type === 'black' : numbered % 2 === 1;
  const action = meaning.action ?? (isDeny ? 'deny' : 'allow');
  const isRegex = meaning.regex ?? (numbered === undefined ? row.kind === 'regex' : numbered >= 2);
  if (enabled === false || enabled === 0) found.skip(line, domain, 'switched off in Pi-hole');
  else if (!isRegex) found.add(line, action, domain, comment ?? '');
  else {
    const name = WILDCARD.exec(domain)?.[1]?.replaceAll('\\.', '.');
    if (name === undefined) found.skip(line, domain, 'a regular expression; write the names it stands for');
    else found.add(line, action, `.${name}`, comment ?? '');
  }
}

/** What Pi-hole itself writes for "add as wildcard": the name and everything below it. */
const WILDCARD = /^\(\\\.\|\^\)((?:[a-z0-9_-]+\\\.)*[a-z0-9_-]+)\$$/i;

/** `sqlite3 gravity.db "SELECT type, domain, enabled, comment FROM domainlist"`: columns between bars. */
function addText(found: Collector, text: string): void {
  for (const [line, written] of linesOf(text)) {
    if (written === '') continue;
    const [, type, domain = '', enabled, comment = ''] =
      /^([0-3])\|(.+?)(?:\|([01])(?:\|(.*))?)?$/.exec(written) ?? [];
    if (type === undefined) found.skip(line, written, 'not type|domain|enabled|comment');
    else
      addRow(
        found,
        line,
        {
          domain,
          type: Number(type),
          enabled: enabled === undefined ? true : enabled === '1',
          comment,
        },
        {},
      );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
