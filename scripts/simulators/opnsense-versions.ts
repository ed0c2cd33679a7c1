/** What differs between the releases of OPNsense, as far as it can be seen through the API (contract, section 10). */
import type { SimAlias } from './opnsense-actions.ts';

export const OPNSENSE_VERSIONS = ['25.1', '25.7', '26.1', '26.7'] as const;
/** 22.7 stands for what is below the floor: its router says no with another status and another text. */
export type OpnsenseVersion = (typeof OPNSENSE_VERSIONS)[number] | '22.7';

export interface Release {
  /** alias_util/list repeats the rowCount it was asked for, instead of the rows it returns. */
  readonly repeatsRowCount: boolean;
  /** A counter that is zero stands in its row. */
  readonly listsZeroCounters: boolean;
  /** alias/search_item shows eight fields, the type by its label. */
  readonly searchesByLabel: boolean;
  /** The option Expire of an alias is stored; before, it is silently ignored. */
  readonly hasExpire: boolean;
  /** A user who may not write the configuration may not change tables either. */
  readonly guardsTables: boolean;
  /** A refusal meant for people says how grave it is. */
  readonly hasErrorLevel: boolean;
  /** A list of UUIDs may be deleted at once. */
  readonly deletesLists: boolean;
  /** Commands of two words are found by the router. */
  readonly hasRoutes: boolean;
}

const RELEASE_25_1: Release = {
  repeatsRowCount: true,
  listsZeroCounters: true,
  searchesByLabel: true,
  hasExpire: false,
  guardsTables: false,
  hasErrorLevel: false,
  deletesLists: false,
  hasRoutes: true,
};
const RELEASE_25_7: Release = {
  ...RELEASE_25_1,
  repeatsRowCount: false,
  listsZeroCounters: false,
  searchesByLabel: false,
  hasExpire: true,
};
const RELEASE_26_1: Release = { ...RELEASE_25_7, deletesLists: true };

export const RELEASES: Readonly<Record<OpnsenseVersion, Release>> = {
  '22.7': { ...RELEASE_25_1, hasRoutes: false },
  '25.1': RELEASE_25_1,
  '25.7': RELEASE_25_7,
  '26.1': RELEASE_26_1,
  '26.7': { ...RELEASE_26_1, guardsTables: true, hasErrorLevel: true },
};

/** Packets through a table entry. */
export interface Counted {
  readonly inPass: number;
  readonly outPass: number;
}

const OCTETS_A_PACKET = 84;

/** A row of alias_util/list; `counted` where the alias counts. */
export function listRow(ip: string, counted: Counted | undefined, { listsZeroCounters }: Release): object {
  if (counted === undefined) return { ip };
  const counters = {
    in_block_p: 0,
    in_block_b: 0,
    in_pass_p: counted.inPass,
    in_pass_b: counted.inPass * OCTETS_A_PACKET,
    out_block_p: 0,
    out_block_b: 0,
    out_pass_p: counted.outPass,
    out_pass_b: counted.outPass * OCTETS_A_PACKET,
  };
  const shown = Object.entries(counters).filter(([, value]) => listsZeroCounters || value > 0);
  return { ip, ...Object.fromEntries(shown) };
}

/** A row of alias/search_item. */
export function searchRow(name: string, alias: SimAlias, { searchesByLabel }: Release): object {
  const { uuid, type, content, enabled, expire, counters, description } = alias;
  const common = { uuid, enabled: enabled ? '1' : '0', name, description, content: content.join('\n') };
  if (searchesByLabel) {
    return { ...common, type: labelOf(type), current_items: '0', last_updated: '', categories_uuid: [] };
  }
  return {
    ...common,
    type,
    '%type': labelOf(type),
    path_expression: '',
    proto: '',
    interface: '',
    counters: counters ? '1' : '0',
    updatefreq: '',
    expire,
    categories: '',
    current_items: '0',
    last_updated: '',
    categories_uuid: [],
  };
}

function labelOf(type: string): string {
  return LABELS[type] ?? type;
}

const LABELS: Readonly<Record<string, string>> = {
  external: 'External (advanced)',
  host: 'Host(s)',
  network: 'Network(s)',
  networkgroup: 'Network group',
  port: 'Port(s)',
  url: 'URL (IPs)',
  urltable: 'URL Table (IPs)',
};
