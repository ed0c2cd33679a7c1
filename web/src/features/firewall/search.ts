/** What of the open addresses is shown; it stands in the address. */
export interface FirewallSearch {
  readonly filter?: string | undefined;
}

export function readFirewallSearch({ filter }: Record<string, unknown>): FirewallSearch {
  return { filter: filter === undefined || filter === '' ? undefined : String(filter) };
}
