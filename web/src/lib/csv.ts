/** A table for a spreadsheet (RFC 4180). */
export function csvText(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [columns, ...rows]
    .map((row) => row.map(cell).join(','))
    .concat('')
    .join('\r\n');
}

/** A name that begins like a formula is one to a spreadsheet, and names are made by strangers. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
