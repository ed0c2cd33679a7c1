const VIEWS = ['now', 'difference', 'earlier'] as const;
export type FirewallView = (typeof VIEWS)[number];

/** What of the open addresses is shown; it stands in the address. */
export interface FirewallSearch {
  readonly filter?: string | undefined;
  readonly view?: FirewallView | undefined;
  /** A moment of the past: 2026-03-03T20:15. */
  readonly at?: string | undefined;
}

export function readFirewallSearch({ filter, view, at }: Record<string, unknown>): FirewallSearch {
  return {
    filter: filter === undefined || filter === '' ? undefined : String(filter),
    view: VIEWS.find((one) => one === view),
    at: typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : undefined,
  };
}

export { VIEWS as FIREWALL_VIEWS };
