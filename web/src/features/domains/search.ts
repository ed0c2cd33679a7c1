export const RULE_KINDS = ['all', 'allow', 'deny', 'temporary'] as const;
export const VIEWS = ['names', 'presets', 'hosts'] as const;
/** Days without use. */
export const UNUSED = [30, 90] as const;
export const ORIGINS = ['person', 'catalog', 'learn', 'file'] as const;

/** What of the rules is shown; it stands in the address. */
export interface DomainsSearch {
  readonly view?: (typeof VIEWS)[number] | undefined;
  readonly filter?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: (typeof RULE_KINDS)[number] | undefined;
  readonly unused?: (typeof UNUSED)[number] | undefined;
  readonly origin?: (typeof ORIGINS)[number] | undefined;
}

export function readDomainsSearch(text: Record<string, unknown>): DomainsSearch {
  const { filter, group } = text;
  return {
    view: VIEWS.find((one) => one === text['view']),
    filter: filter === undefined || filter === '' ? undefined : String(filter),
    group: typeof group === 'string' ? group : undefined,
    kind: RULE_KINDS.find((one) => one === text['kind']),
    unused: UNUSED.find((one) => one === Number(text['unused'])),
    origin: ORIGINS.find((one) => one === text['origin']),
  };
}
