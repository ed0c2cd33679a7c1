/** Reports and searches, as the query thread gives them. */
import type { IpAddress } from '../base/ip-address.ts';
import type { Explanation } from '../catalog/explain.ts';
import type { LearnReport, LearnReportInput } from './learn-report.ts';
import type { Period } from './period.ts';
import type { ExplainedAddress, ExplainedName, ExplainInput } from './reports/explain.ts';
import type { Hygiene, HygieneInput } from './reports/hygiene.ts';
import type { Neighbours, NeighboursInput } from './reports/neighbours.ts';
import type { Replay, ReplayInput } from './reports/replay.ts';
import type {
  AddressRisk,
  AddressRisks,
  AddressRisksInput,
  RuleRisks,
  RuleRisksInput,
} from './reports/risk.ts';
import type { Series, SeriesInput } from './reports/series.ts';
import type { SymptomReport, SymptomsInput } from './reports/symptoms.ts';
import type { RefusedSince, RefusedSinceInput } from './reproduce/ports.ts';

/** Reports and searches run in a thread of their own, so that a ten-second search delays nobody. */
export interface QueryPort {
  search(filter: QueryFilter): Promise<SearchPage>;
  /** How many a search would find, over a time. */
  count(input: CountInput): Promise<QueryCounts>;
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
  /** How many questions were answered which way in the last day. */
  series(input: SeriesInput): Promise<Series>;
  /** Copies the main database into the folder of backups; returns the path. */
  nightlyBackup(input: NightlyBackupInput): Promise<string>;
  /** Everything in one file that only the passphrase opens. */
  sealBackup(input: SealBackupInput): Promise<{ readonly octets: number }>;
  /** Follows the whole chain of the audit. */
  verifyAudit(input: VerifyAuditInput): Promise<AuditVerdict>;
}

export interface NightlyBackupInput {
  /** 2026-11-22 */
  readonly day: string;
}

export interface SealBackupInput {
  readonly path: string;
  /** As text: it goes to another thread. */
  readonly passphrase: string;
  readonly withLog: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
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

/** Which lines of the query log are meant, whenever they were written. */
export interface LinesAsked {
  readonly name?: string | undefined;
  /** Text anywhere in the name, lower case. */
  readonly part?: string | undefined;
  /** true: the name and everything below it. only: without the name itself. */
  readonly below?: boolean | 'only' | undefined;
  readonly client?: string | undefined;
  readonly group?: string | undefined;
  readonly verdict?: 'allowed' | 'denied' | 'failed' | undefined;
  /** The word a line has as its reason. */
  readonly reason?: string | undefined;
  /** Numbers of query types, any of them. */
  readonly types?: readonly number[] | undefined;
}

export interface QueryFilter extends LinesAsked {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface CountInput extends LinesAsked {
  /** ms since 1970. */
  readonly since: number;
  readonly until: number;
  /** Equal parts of that time. */
  readonly parts: number;
  /** How many of them, from the newest back, looks before have counted. */
  readonly counted: number;
}

export interface QueryCounts {
  /** Newest first: what this look has counted. */
  readonly parts: readonly {
    /** ms since 1970, its beginning. */
    readonly at: number;
    /** Questions, repeated ones among them. */
    readonly allowed: number;
    readonly denied: number;
    readonly failed: number;
    /** What an export of them has lines. */
    readonly lines: number;
  }[];
  readonly counted: number;
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

/** A rule that does not decide about a name, and why not. */
export interface NearMiss extends RuleReference {
  readonly misses: string;
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
  /** Rules of the group that come close, where none decides. */
  readonly nearest: readonly NearMiss[];
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
