/** What a learning group asked, as the query thread tells it. */
import type { IpAddress } from '../base/ip-address.ts';
import type { CatalogEntry } from '../catalog/load.ts';
import type { SeenPreset } from '../catalog/recognise.ts';
import type { LeftOut, SuggestedRule } from '../catalog/suggest.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { findGroup } from './find-group.ts';
import type { QueryPort, RuleReference } from './query-port.ts';

export interface LearnReportInput {
  readonly group: string;
  /** ms since 1970, and the day it is in; undefined: since the group learns. */
  readonly since: number | undefined;
  readonly until: number;
}

export interface LearnReport {
  readonly group: string;
  readonly mode: 'learn' | 'enforce' | 'paused';
  readonly since: number;
  readonly until: number;
  readonly queries: number;
  readonly names: number;
  /** Software that was seen, with the names of each that is recognised. */
  readonly presets: readonly (SeenPreset & { readonly names: readonly ReportedName[] })[];
  /** The rest, by registrable domain. */
  readonly domains: readonly {
    readonly domain: string;
    readonly count: number;
    readonly names: readonly ReportedName[];
  }[];
  readonly lastDay: {
    readonly since: number;
    /** By the rules in force, and with those that are selected below. */
    readonly asItIs: WouldRefuse;
    readonly suggested: WouldRefuse;
    readonly sentence: string;
  };
  readonly suggestion: {
    readonly rules: readonly (SuggestedRule & Placed)[];
    readonly leftOut: readonly (LeftOut & Placed)[];
    readonly leftOutNames: number;
  };
}

/** Where it stands in a list that a person reads, and when it was asked last. */
export interface Placed {
  /** Of what the catalog knows, the software; else the registrable domain. */
  readonly of: string;
  /** Absent: it was not asked yet. */
  readonly lastAt?: number;
}

export interface WouldRefuse {
  readonly names: number;
  readonly queries: number;
  /** Asked most, first. */
  readonly most: readonly { readonly name: string; readonly count: number }[];
}

export interface ReportedName {
  readonly name: string;
  /** Types that were answered with records. */
  readonly types: readonly string[];
  readonly count: number;
  /** UTC days on which it was asked. */
  readonly days: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Who asked and what was told, in the last day; of names that were not asked then, the last times. */
  readonly clients: readonly IpAddress[];
  readonly answers: readonly IpAddress[];
  /** What enforcing says, and by which rule. */
  readonly verdict: 'allowed' | 'refused';
  readonly reason: string;
  readonly rule?: RuleReference;
  readonly catalog?: { readonly title: string; readonly need: CatalogEntry['need']; readonly why: string };
}

/** What the group asked since it learns, or lately; nothing is changed. */
export function reportLearning({
  db,
  clock,
  queries,
}: Pick<ActionDeps, 'db' | 'clock'> & { readonly queries: Pick<QueryPort, 'learnReport'> }) {
  return (group: string, since: string | undefined): Promise<LearnReport> => {
    const until = clock.now() + 1;
    return queries.learnReport({
      group: findGroup(db, group).name,
      since: since === undefined ? undefined : until - parseDuration(since),
      until,
    });
  };
}
