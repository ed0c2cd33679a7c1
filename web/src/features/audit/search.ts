export const VIEWS = ['entries', 'hygiene'] as const;
export const SINCES = ['all', '24h', '7d', '30d'] as const;

/** What of the audit is shown; it stands in the address, and an export has the same. */
export interface AuditSearch {
  readonly view?: (typeof VIEWS)[number] | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly text?: string | undefined;
  readonly since?: (typeof SINCES)[number] | undefined;
}

export function readAuditSearch(given: Record<string, unknown>): AuditSearch {
  const textOf = (key: string) => {
    const value = given[key];
    return value === undefined || value === '' ? undefined : String(value);
  };
  return {
    view: VIEWS.find((one) => one === given['view']),
    actor: textOf('actor'),
    action: textOf('action'),
    text: textOf('text'),
    since: SINCES.find((one) => one === given['since']),
  };
}
