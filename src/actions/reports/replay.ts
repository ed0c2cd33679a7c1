/** What another policy would have done with what was asked. */
import type { IpAddress } from '../../base/ip-address.ts';
import type { RuleReference } from '../query-port.ts';

/** A policy that is not in force: the rules of the group without some, and with others. */
export interface ReplayInput {
  readonly group: string;
  readonly add: readonly CandidateRule[];
  /** Rules in force, by their id. */
  readonly without: readonly number[];
  readonly presets: readonly string[];
  /** True: nothing of the rules in force. */
  readonly only: boolean;
  /** ms since 1970; from, and up to but not including. */
  readonly since: number;
  readonly until: number;
}

export interface CandidateRule {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly types: readonly string[];
  /** Of a person, and ends by itself: it goes before a deny of the same pattern. */
  readonly temporary?: boolean;
}

export interface Replay {
  readonly group: string;
  readonly since: number;
  readonly until: number;
  /** Questions that were replayed, and the names in them. */
  readonly queries: number;
  readonly names: number;
  /** Answered as things are, refused by the candidate when it is enforced; those asked most, first. */
  readonly newlyRefused: readonly ReplayedName[];
  readonly newlyRefusedNames: number;
  /** Questions for them. */
  readonly newlyRefusedQueries: number;
  /** Refused as things are, answered by the candidate. */
  readonly newlyAllowed: readonly ReplayedName[];
  readonly newlyAllowedNames: number;
  /** Open now, and for no name the candidate allows. */
  readonly closes: readonly IpAddress[];
  /** What the newly allowed names were answered with in that time; of a name that was never answered nobody knows. */
  readonly opens: readonly IpAddress[];
}

export interface ReplayedName {
  readonly name: string;
  /** Of these, not of others. */
  readonly types: readonly string[];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly clients: readonly IpAddress[];
  readonly answers: readonly IpAddress[];
  /** Why the candidate decides so, and by which rule. */
  readonly reason: string;
  readonly rule?: Pick<RuleReference, 'action' | 'pattern'>;
}
