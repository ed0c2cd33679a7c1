export const RULE_KINDS = ['all', 'allow', 'deny', 'temporary'] as const;

/** What of the rules is shown; it stands in the address. */
export interface DomainsSearch {
  readonly filter?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: (typeof RULE_KINDS)[number] | undefined;
}

export function readDomainsSearch({ filter, group, kind }: Record<string, unknown>): DomainsSearch {
  return {
    filter: filter === undefined || filter === '' ? undefined : String(filter),
    group: typeof group === 'string' ? group : undefined,
    kind: RULE_KINDS.find((one) => one === kind),
  };
}
