/** What reproducing something shows. */
import type { NameRisk } from '../../catalog/name-risks.ts';
import type { Rule } from '../../store/rules.ts';

export interface RefusedSinceInput {
  readonly group: string;
  /** ms since 1970; from, and up to but not including. */
  readonly since: number;
  readonly until: number;
}

/** Newest first. */
export interface RefusedSince {
  readonly refused: readonly RefusedName[];
  /** Those that were refused all day before, at a similar rate. */
  readonly background: readonly RefusedName[];
  /** The rest that is refused on purpose: nobody waits for these. */
  readonly onPurpose: readonly RefusedName[];
}

export interface RefusedName {
  readonly name: string;
  readonly types: readonly string[];
  readonly reasons: readonly string[];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly catalog?: { readonly title: string; readonly why: string; readonly breaks: string };
  readonly risks: readonly NameRisk[];
  /** Who refuses it on purpose: a deny rule, or the catalog, which knows it as telemetry and the like. */
  readonly onPurpose?: 'rule' | 'catalog';
  /** In the day before: how often, and in how many of its hours. */
  readonly before?: { readonly count: number; readonly hours: number };
}

export type Reproducing =
  | { readonly group: string; readonly running: false; readonly sentence: string }
  | (RefusedSince & {
      readonly group: string;
      readonly running: true;
      readonly startedAt: number;
      readonly startedBy: string;
      /** What is shown was refused since; later than the start once it is verified. */
      readonly markAt: number;
      /** Milliseconds since the mark. */
      readonly forMs: number;
      /** Those it made, ended ones too. */
      readonly rules: readonly Rule[];
      readonly sentence: string;
    });
