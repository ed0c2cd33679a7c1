/** What a person sees, and which names and addresses that points to. */
import type { Symptom, Unnamed } from '../../catalog/schema.ts';
import type { RuleReference } from '../query-port.ts';

export interface SymptomsInput {
  /** Of the catalog. */
  readonly ids: readonly string[];
  /** Absent: only what to look at. */
  readonly group?: string;
  /** ms since 1970 */
  readonly since: number;
}

export interface SymptomReport {
  readonly symptom: Symptom;
  readonly look?: SymptomLook;
}

/** What became of it in one group. */
export interface SymptomLook {
  readonly group: string;
  readonly since: number;
  readonly names: readonly NameLook[];
  readonly unnamed: readonly UnnamedLook[];
  readonly verdict:
    | 'settings'
    | 'refused'
    | 'not-allowed'
    | 'allowed-since'
    | 'failed'
    | 'not-open'
    | 'not-asked'
    | 'elsewhere';
  readonly sentence: string;
  /** A command, or what to do in words. */
  readonly remedy?: string;
}

export interface NameLook {
  readonly name: string;
  /** The one that knows it best. */
  readonly preset?: string;
  readonly types: readonly string[];
  /** By the rules, whatever the group's mode lets through. */
  readonly allowed: boolean;
  readonly denied: boolean;
  readonly rule?: RuleReference;
  readonly asked?: Happened;
  readonly refused?: Happened;
  /** No upstream answered, or the firewall was not confirmed in time. */
  readonly failed?: Happened;
  /** Addresses that are open for it now. */
  readonly open: number;
}

export interface Happened {
  readonly count: number;
  readonly lastAt: number;
}

export interface UnnamedLook {
  readonly preset: string;
  readonly id: string;
  readonly what: string;
  readonly breaks: string;
  readonly containment: Unnamed['containment'];
  readonly remedy: string;
  /** How many the catalog lists, and how many of them are open for the group. */
  readonly addresses: number;
  readonly open: number;
}
