/** What of the query log is shown; it stands in the address as it is typed: name:*.plex.tv verdict:denied since:15m. */
export interface LogSearch {
  readonly q?: string | undefined;
}

export function readLogSearch({ q }: Record<string, unknown>): LogSearch {
  const text = q === undefined ? '' : String(q).trim();
  return { q: text === '' ? undefined : text };
}
