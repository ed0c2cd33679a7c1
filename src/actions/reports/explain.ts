/** What a name or an address is, as the catalog and the leases tell it. */
import type { IpAddress } from '../../base/ip-address.ts';
import type { Explanation } from '../../catalog/explain.ts';
import type { Unnamed } from '../../catalog/schema.ts';
import type { RuleReference } from '../query-port.ts';

export type ExplainInput = { readonly group?: string } & (
  | { readonly name: string }
  | { readonly address: IpAddress }
);

export interface ExplainedName {
  readonly name: string;
  /** All of it in a few sentences, for a person. */
  readonly sentence: string;
  /** Absent: the catalog does not know it. */
  readonly catalog?: Explanation;
  readonly note?: string;
  readonly ports: readonly string[];
  readonly confidence?: 'high' | 'medium' | 'low';
  /** Every preset that has it, the one that knows it best first. */
  readonly presets: readonly {
    readonly id: string;
    readonly title: string;
    readonly pattern: string;
    readonly need: Explanation['need'];
    readonly why: string;
    readonly breaks: string;
    readonly sources: readonly string[];
    /** Groups that took it. */
    readonly groups: readonly string[];
  }[];
  /** Whether the rules of each group allow it, whatever its mode lets through. */
  readonly groups: readonly {
    readonly group: string;
    readonly allowed: boolean;
    readonly denied: boolean;
    readonly rule?: RuleReference;
    /** Of a name below plex.direct: what decides instead of rules. */
    readonly sentence?: string;
  }[];
}

export interface ExplainedAddress {
  readonly address: IpAddress;
  readonly sentence: string;
  /** What the catalog says is reached at it without a name. */
  readonly unnamed: readonly {
    readonly preset: string;
    readonly title: string;
    readonly id: string;
    readonly what: string;
    readonly breaks: string;
    readonly containment: Unnamed['containment'];
    readonly remedy: string;
    readonly sources: readonly string[];
  }[];
  /** Names that led to it, newest first. */
  readonly names: readonly (ExplainedName & { readonly open: boolean })[];
}
