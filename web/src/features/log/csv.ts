import type { Line } from './lines.ts';

/** What is shown, for a spreadsheet. */
export function linesAsCsv(lines: readonly Line[]): string {
  const rows = lines.map(
    ({ at, verdict, reason, name, type, client, group = '', rcode, answers, durationMs, count }) =>
      [at, verdict, reason, name, type, client, group, rcode, answers.join(' '), durationMs, count]
        .map(cell)
        .join(','),
  );
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}

const COLUMNS = [
  'at',
  'verdict',
  'reason',
  'name',
  'type',
  'client',
  'group',
  'rcode',
  'answers',
  'ms',
  'count',
];

/** A name that begins like a formula is one to a spreadsheet, and names are made by strangers. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
