/** Reports and searches, as the query thread gives them. */
import type { IpAddress } from '../base/ip-address.ts';
import type { Explanation } from '../catalog/explain.ts';
import type { Symptom, Unnamed } from '../catalog/schema.ts';
import type { LearnReport, LearnReportInput } from './learn-report.ts';
import type { Period } from './period.ts';
import type { RefusedSince, RefusedSinceInput } from './reproduce/ports.ts';

/** Reports and searches run in a thread of their own, so that a ten-second search delays nobody. */
export interface QueryPort {
  search(filter: QueryFilter): Promise<SearchPage>;
  whyName(input: WhyNameInput): Promise<readonly WhyName[]>;
  whyAddress(input: WhyAddressInput): Promise<WhyAddress>;
  /** What another policy would have done with what was asked. */
  replay(input: ReplayInput): Promise<Replay>;
  /** What a group asked since it learns, and which rules that speaks for. */
  learnReport(input: LearnReportInput): Promise<LearnReport>;
  /** What was refused since a moment, without what is refused all day. */
  refusedSince(input: RefusedSinceInput): Promise<RefusedSince>;
  /** How the rules of a group were used, and what could be tidied up. */
  hygiene(input: HygieneInput): Promise<Hygiene>;
  /** How far the addresses of rules reach beyond the names they are open for. */
  ruleRisks(input: RuleRisksInput): Promise<RuleRisks>;
  /** The same of single addresses, in the order they were asked. */
  addressRisks(input: AddressRisksInput): Promise<AddressRisks>;
  /** What was open at a moment of the past, or at any time of a period. */
  leasesAt(input: LeasesAtInput): Promise<Page<LeaseInterval>>;
  /** What a name or an address is: from the catalog, and from what it was open for. */
  explain(input: ExplainInput): Promise<ExplainedName | ExplainedAddress>;
  /** Presets that are recognised in what a group asked. */
  neighbours(input: NeighboursInput): Promise<Neighbours>;
  /** What to look at for what a person sees, and what became of it in a group. */
  symptoms(input: SymptomsInput): Promise<readonly SymptomReport[]>;
  /** Copies the main database into the folder of backups; returns the path. */
  nightlyBackup(input: NightlyBackupInput): Promise<string>;
  /** Follows the whole chain of the audit. */
  verifyAudit(input: VerifyAuditInput): Promise<AuditVerdict>;
}

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

export interface NeighboursInput {
  readonly group: string;
  /** ms since 1970 */
  readonly since: number;
}

export interface Neighbours {
  readonly group: string;
  readonly since: number;
  /** Those with the best evidence first; what the group has is not among them. */
  readonly items: readonly Neighbour[];
}

export interface Neighbour {
  readonly preset: string;
  readonly title: string;
  /** As the report of learning has it: half of what it needs was asked, and a name that no other preset has. */
  readonly recognised: boolean;
  /** How many names it cannot do without, and how many of those were asked. */
  readonly required: number;
  readonly requiredSeen: number;
  /** Names that were asked and that no other preset has. */
  readonly onlyHere: readonly string[];
  readonly seen: readonly SeenName[];
  readonly sentence: string;
}

export interface SeenName {
  readonly name: string;
  readonly pattern: string;
  readonly need: Explanation['need'];
  readonly count: number;
  /** How many of these were refused. */
  readonly refused: number;
  readonly lastAt: number;
}

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

export interface NightlyBackupInput {
  /** 2026-11-22 */
  readonly day: string;
}

export interface VerifyAuditInput {
  /** A head of an earlier verification, which must still be in the chain. */
  readonly noted?: AuditLink;
}

export interface AuditLink {
  readonly id: number;
  /** SHA-256 over the entry and the hash of the one before, hexadecimal; empty before the first entry. */
  readonly hash: string;
}

export type AuditVerdict =
  | {
      readonly sound: true;
      readonly entries: number;
      readonly first?: number;
      readonly head: AuditLink;
    }
  | { readonly sound: false; readonly entries: number; readonly brokenAt: number; readonly why: string };

/** Narrows a question to one group, to the group of one client, and to a moment. */
export interface WhyScope {
  readonly group?: string;
  readonly client?: IpAddress;
  readonly period?: Period;
}

export interface WhyNameInput extends WhyScope {
  readonly name: string;
}

export interface WhyAddressInput extends WhyScope {
  readonly address: IpAddress;
}

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

export interface HygieneInput {
  readonly group: string;
}

export interface Hygiene {
  readonly group: string;
  /** The first moment from which answers are counted; uses before it are not known. Absent: nothing was counted yet. */
  readonly countedSince?: number;
  readonly findings: readonly HygieneFinding[];
  /** Of every rule in force. */
  readonly rules: readonly RuleUse[];
}

export interface HygieneFinding {
  readonly kind: 'unused' | 'never-resolved' | 'too-wide' | 'comes-back' | 'shadowed';
  /** The rules it is about, by their ids. */
  readonly rules: readonly number[];
  /** Of an unused preset: which. */
  readonly preset?: string;
  /** Of what is unused: for how many days at least, 30 or 90. */
  readonly days?: number;
  /** The rule that makes this one idle. */
  readonly by?: number;
  /** The name that would do instead of the wildcard. */
  readonly suggested?: string;
  readonly sentence: string;
  readonly remedy: string;
  /** The remedy, where one command is all of it or its first half. */
  readonly command?: string;
}

export interface RuleUse {
  readonly rule: RuleReference;
  readonly origin: 'person' | 'catalog' | 'learn' | 'file';
  readonly preset?: string;
  readonly place?: string;
  readonly note: string;
  /** A rule that was not used is called unused only where the last 30 days were watched. */
  readonly state: 'used' | 'unused' | 'not-watched-long-enough';
  readonly watchedSince: number;
  readonly watchedDays: number;
  /** Questions it decided, of 13 months at most. */
  readonly uses: number;
  readonly names: number;
  /** Of refusals, the beginning of that UTC day. */
  readonly firstAt?: number;
  readonly lastAt?: number;
}

export interface RuleRisksInput {
  readonly group?: string;
  /** This one only, by its id. */
  readonly rule?: number;
}

export interface RuleRisks {
  /** Of rules that have an address open, the riskiest first. */
  readonly items: readonly RuleRisk[];
  /** Whose data it is, as its licence wants it to be told. */
  readonly sources: string;
}

/** A lower bound, as everything here. */
export interface RuleRisk {
  readonly group: string;
  /** Absent: what learning or a pause opened. */
  readonly rule?: RuleReference;
  /** Of its riskiest address. */
  readonly score: number;
  readonly sentence: string;
  /** Open now. */
  readonly addresses: number;
  /** Of those, the riskiest, worst first. */
  readonly worst: readonly AddressRisk[];
  /** Of the addresses that were looked at, the most common first. */
  readonly networks: readonly (NetworkOfAddress & { readonly addresses: number })[];
  /** Absent: the rule opened nothing before last month. */
  readonly change?: {
    readonly since: number;
    readonly newAddresses: number;
    readonly newNetworks: readonly NetworkOfAddress[];
  };
}

export interface AddressRisksInput {
  readonly addresses: readonly IpAddress[];
}

export interface AddressRisks {
  readonly items: readonly AddressRisk[];
  readonly sources: string;
}

export interface AddressRisk {
  readonly address: IpAddress;
  /** 0 to 100. */
  readonly score: number;
  readonly sentence: string;
  /** Names of other owners that were seen at it: at least so many. */
  readonly others: number;
  /** Some of them. */
  readonly names: readonly string[];
  readonly hosting: HostingOfAddress;
  readonly network?: NetworkOfAddress;
}

export interface HostingOfAddress {
  /** everybody: all customers of a content network. rented: whoever has it today. alone: nobody else is known. */
  readonly kind: 'everybody' | 'rented' | 'alone' | 'unknown';
  readonly what: string;
}

export interface NetworkOfAddress {
  readonly asn: number;
  /** Whose it is. */
  readonly name: string;
  /** Where it is registered, two letters. */
  readonly country?: string;
}

export interface LeasesAtInput {
  readonly period: Period;
  readonly group?: string;
  readonly name?: string;
  readonly address?: IpAddress;
  readonly cursor?: number;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface SearchPage extends Page<QueryRecord> {
  /** ms since 1970: the time of one search was up when it had looked back to here; `nextCursor` goes on. */
  readonly searchedTo?: number;
}

export interface QueryFilter {
  readonly name?: string | undefined;
  /** Text anywhere in the name, lower case. */
  readonly part?: string | undefined;
  /** True: the name and everything below it. */
  readonly below?: boolean | undefined;
  readonly client?: string | undefined;
  readonly group?: string | undefined;
  readonly verdict?: 'allowed' | 'denied' | 'failed' | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface QueryRecord {
  readonly id: number;
  readonly at: number;
  readonly client: string;
  readonly group?: string;
  readonly name: string;
  readonly type: string;
  readonly verdict: 'allowed' | 'denied' | 'failed';
  /** Why it ended so. */
  readonly reason: string;
  readonly rule?: RuleReference;
  readonly rcode: string;
  readonly source: string;
  readonly durationMs: number;
  readonly answers: readonly string[];
  /** How often the same was answered to the same client within a moment. */
  readonly count: number;
}

/** The rule that decided, as it reads today. */
export interface RuleReference {
  readonly id: number;
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
}

/** What would happen to a name in one group now, or would have at a moment, and what happened around it. */
export interface WhyName {
  readonly group: string;
  readonly name: string;
  readonly verdict: 'allowed' | 'denied';
  readonly reason: string;
  /** The query types that rules allow it for; `ANY`: every one. None where only learning or a pause lets it through. */
  readonly types: readonly string[];
  readonly rule?: RuleReference;
  /** One sentence for a person. */
  readonly sentence: string;
  /** What the catalog knows about the name. */
  readonly catalog?: Explanation;
  readonly addresses: readonly string[];
  /** How often it was refused, a day each: kept for 13 months, when the queries themselves are long gone. */
  readonly refusals: readonly {
    readonly day: string;
    readonly qtype: string;
    readonly reason: string;
    readonly count: number;
  }[];
  /** What was opened for it, newest first. */
  readonly leases: readonly LeaseInterval[];
  readonly lastQueries: readonly QueryRecord[];
}

/** Every interval in which an address was open, newest first. */
export interface WhyAddress {
  readonly address: IpAddress;
  readonly open: boolean;
  readonly sentence: string;
  readonly leases: readonly LeaseInterval[];
  /** While it is open: how far that reaches beyond its names. */
  readonly risk?: AddressRisk;
}

/** One interval in which an address was open, from the answer that led to it to what ended it. */
export interface LeaseInterval {
  readonly group: string;
  /** The name it was open for; of a pin its note, of a feed the feed. */
  readonly name: string;
  readonly address: IpAddress;
  readonly cause: string;
  readonly rule?: RuleReference;
  readonly approvedBy?: string;
  readonly approvedAt?: number;
  readonly note?: string;
  readonly startedAt: number;
  /** The latest moment until which a client was told to use it. */
  readonly toldUntil?: number;
  readonly until?: number;
  readonly endedAt?: number;
  readonly endCause?: string;
  /** The upstream's answer; kept for 35 days. */
  readonly answer?: {
    readonly at: number;
    readonly ttlS: number;
    /** CNAMEs from the name to the address. */
    readonly chain: readonly string[];
    readonly upstream: string;
  };
  readonly pushes: readonly Push[];
  /** What happened next, in words. */
  readonly next: string;
}

/** What a sync run did with the address on one firewall. */
export interface Push {
  readonly firewall: string;
  readonly change: 'add' | 'renew' | 'remove';
  readonly cause: string;
  readonly trigger: string;
  readonly at: number;
  /** When the read-back showed it; absent: it did not. */
  readonly confirmedAt?: number;
}
