/**
 * What the threads say to each other. Plain data only: it crosses a MessagePort.
 *
 *   supervisor ─┬─ data plane      answers packets from memory
 *               ├─ control plane   ledger, sync, API; the one writer of the main database
 *               ├─ log thread      the one writer of the query log
 *               └─ query thread    reads both databases for reports
 *
 *   control ──policy, view, resolve──▶ data      each with a sequence number, acknowledged when in force
 *   control ◀──sightings, leases, asked, denials, hosts, resolved, health── data
 *   data ──log lines──▶ log                      bounded: what is not acknowledged in time is dropped and counted
 *   log ──a few lines──▶ control                 while somebody watches them live
 *   control ──searches──▶ query
 */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress, Prefix } from '../base/ip-address.ts';
import type { TcpCounters } from '../dns/listener/connection-table.ts';
import type { PlexDirect } from '../dns/plex-direct.ts';
import type { CacheStatistics } from '../dns/stages/answer-from-cache.ts';
import type { UpstreamCounters } from '../dns/upstream/member.ts';
import type { LeaseRequest, LeftOut } from '../ledger/lease.ts';
import type { Mode, PolicyRule } from '../policy/policy.ts';

export interface GroupSnapshot {
  readonly id: number;
  readonly name: string;
  readonly clients: readonly Prefix[];
  readonly mode: Mode;
  /** When mode is 'paused': when it ends by itself, and what comes after. */
  readonly pausedUntil: number | undefined;
  readonly modeAfterPause: Exclude<Mode, 'paused'>;
  readonly refuse: 'nxdomain' | 'nodata' | 'refused' | 'zero';
  readonly ipv6: boolean;
  readonly holdLimitMs: number;
  readonly onHoldLimit: 'answer' | 'servfail';
  readonly graceMs: number;
  readonly headroomMs: number;
  /** False: no firewall belongs to this group, answers are told as they come. */
  readonly gated: boolean;
  /** True when a firewall of the group pays for every write: no address is opened that can be done without. */
  readonly frugal: boolean;
  /** In learn mode: whether what is learnt is opened on the firewall. */
  readonly learnAlias: boolean;
  readonly plexDirect: PlexDirect;
  readonly rules: readonly PolicyRule[];
}

/** One address of one name, as far as it may be told: until when every required firewall holds it. */
export interface ViewChange {
  readonly groupId: number;
  readonly name: DomainName;
  readonly address: IpAddress;
  /** undefined: withdrawn. Infinity where neither lease nor firewall ends. */
  readonly heldUntil: number | undefined;
}

export type ControlMessage =
  | { readonly kind: 'policy'; readonly epoch: number; readonly groups: readonly GroupSnapshot[] }
  | {
      readonly kind: 'view';
      /** Groups of which everything not named here is to be forgotten. */
      readonly whole: readonly number[];
      readonly changes: readonly ViewChange[];
      /** Groups for which nothing new can be confirmed in the time a client waits. */
      readonly hopeless: readonly number[];
      /** Those of them for which only a spent write budget is to blame. */
      readonly overBudget?: readonly number[];
      /** Asked for, and not opened: an answer that waits for them goes on without. */
      readonly leftOut?: readonly LeftOut[];
    }
  | {
      readonly kind: 'resolve';
      readonly id: number;
      readonly groupId: number;
      readonly name: DomainName;
      readonly qtype: number;
      /** warm: lease what is found. probe: only say whether the upstream knows the name. */
      readonly purpose: 'warm' | 'probe';
    }
  | { readonly kind: 'flush'; readonly name: DomainName | undefined }
  /** A batch of denials or hosts is written down: the next may come. */
  | { readonly kind: 'taken' };

export type ToData = { readonly seq: number } & ControlMessage;

export interface SightingEvent {
  readonly at: number;
  readonly groupId: number;
  readonly ruleId: number | undefined;
  readonly name: DomainName;
  readonly chain: readonly DomainName[];
  readonly upstream: string;
  readonly records: readonly { readonly address: IpAddress; readonly ttlS: number }[];
}

export interface AskedName {
  readonly groupId: number;
  readonly name: DomainName;
}

export interface DenialEvent {
  readonly groupId: number;
  readonly name: DomainName;
  readonly qtype: number;
  readonly client: IpAddress;
  readonly reason: string;
  readonly ruleId: number | undefined;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface UnknownClientEvent {
  readonly client: IpAddress;
  readonly names: readonly DomainName[];
  readonly count: number;
  readonly lastAt: number;
}

export interface ListenerReport {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Present when the address could not be bound: the code (EACCES, EADDRINUSE) and what to do. */
  readonly error?: { readonly code: string; readonly remedy: string };
}

export interface UpstreamReport {
  readonly id: string;
  readonly state: 'up' | 'down';
  readonly lastError?: string;
  /** The names it is asked, as a pattern; absent: all that have no upstreams of their own. */
  readonly domain?: string;
  readonly counters?: UpstreamCounters;
}

export type DataMessage =
  | { readonly kind: 'ack'; readonly seq: number }
  /** Never dropped: an answer may be waiting for them. */
  | { readonly kind: 'sightings'; readonly batch: readonly SightingEvent[] }
  | { readonly kind: 'leases'; readonly batch: readonly LeaseRequest[] }
  /** Names that clients asked and were allowed, whatever answered them: for keeping them warm. */
  | { readonly kind: 'asked'; readonly batch: readonly AskedName[] }
  | { readonly kind: 'denials'; readonly batch: readonly DenialEvent[] }
  | { readonly kind: 'hosts'; readonly batch: readonly UnknownClientEvent[] }
  | { readonly kind: 'resolved'; readonly id: number; readonly outcome: ResolveOutcome }
  | {
      readonly kind: 'health';
      readonly listeners: readonly ListenerReport[];
      readonly upstreams: readonly UpstreamReport[];
      readonly counters: DataCounters;
      readonly cache: CacheReport;
      /** The one address that every query so far came from, when there were enough to tell. */
      readonly onlyClient: IpAddress | undefined;
      /** Whole sentences about what a person should look at. */
      readonly warnings: readonly string[];
    };

/** The answer cache, since the data plane started. */
export interface CacheReport extends CacheStatistics {
  /** Questions of clients answered from memory, stale answers included. */
  readonly hits: number;
}

/** found: addresses were leased or are already. gone: the upstream says there are none. failed: no upstream could say. */
export type ResolveOutcome = 'found' | 'gone' | 'failed' | 'refused';

/** Since the data plane started. */
export interface DataCounters {
  readonly queries: number;
  readonly cached: number;
  readonly denied: number;
  readonly failed: number;
  /** Answers told although the firewall was not yet read back as holding their addresses (P3). */
  readonly toldUnconfirmed: number;
  readonly held: number;
  /** Answers told unconfirmed at once because the write budget of a firewall was spent; they are among toldUnconfirmed. */
  readonly toldOverBudget: number;
  /** Of what clients were told in groups that enforce, how many addresses are held for less than that now (P4). */
  readonly cutShort: number;
  readonly droppedLogLines: number;
  readonly droppedDenials: number;
  /** Records of upstreams' answers that had nothing to do with the question: spoofed, or a mistake. */
  readonly droppedRecords: number;
  /** Questions refused or dropped because their client asks too much. */
  readonly limited: number;
  /** Questions that found too many others waiting. */
  readonly crowded: number;
  readonly tcp: TcpCounters;
}

export interface LogLine {
  readonly at: number;
  readonly client: IpAddress;
  readonly groupId: number | undefined;
  readonly name: DomainName;
  readonly qtype: number;
  readonly verdict: 'allowed' | 'denied' | 'failed';
  readonly reason: string;
  readonly ruleId: number | undefined;
  readonly rcode: number;
  readonly source: string;
  readonly durationUs: number;
  readonly answers: readonly IpAddress[];
  /** How often the same was answered to the same client within a moment. */
  readonly count: number;
}

export interface LogBatch {
  readonly seq: number;
  readonly lines: readonly LogLine[];
}
