export const VERDICTS = ['all', 'allowed', 'denied', 'failed'] as const;

/** What of the query log is shown; it stands in the address. */
export interface LogSearch {
  readonly part?: string | undefined;
  readonly client?: string | undefined;
  readonly verdict?: Exclude<(typeof VERDICTS)[number], 'all'> | undefined;
}

export function readLogSearch({ part, client, verdict }: Record<string, unknown>): LogSearch {
  const text = (value: unknown) => (value === undefined || value === '' ? undefined : String(value));
  return {
    part: text(part),
    client: text(client),
    verdict: VERDICTS.find((one) => one === verdict && one !== 'all') as LogSearch['verdict'],
  };
}
