const WINDOWS = ['1m', '5m', '15m', '1h', '24h', 'all'] as const;
const STATES = ['waiting', 'muted', 'decided'] as const;

/** What of the refused names is shown; it stands in the address. */
export interface RefusedSearch {
  readonly state?: (typeof STATES)[number] | undefined;
  readonly window?: (typeof WINDOWS)[number] | undefined;
  readonly group?: string | undefined;
  readonly filter?: string | undefined;
  readonly byDomain?: boolean | undefined;
  /** Asks once whether to reproduce something: 1, or in which group. */
  readonly reproduce?: string | undefined;
}

export function readRefusedSearch(given: Record<string, unknown>): RefusedSearch {
  const { group, filter } = given;
  return {
    state: STATES.find((one) => one === given['state']),
    window: WINDOWS.find((one) => one === given['window']),
    group: typeof group === 'string' ? group : undefined,
    filter: filter === undefined || filter === '' ? undefined : String(filter),
    byDomain: given['byDomain'] === true ? true : undefined,
    reproduce: given['reproduce'] === undefined ? undefined : String(given['reproduce']),
  };
}

export { STATES as DENIAL_STATES, WINDOWS as DENIAL_WINDOWS };
