/** What the API reads from the running system besides the store; implemented by the control plane. */

import type { LedgerFacts } from '../actions/promises.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Secret } from '../base/secret.ts';
import type { DataCounters } from '../plane/protocol.ts';

/** The lists that firewalls fetch. */
export interface ListPort {
  all(): readonly FetchableList[];
}

export interface FetchableList {
  readonly firewall: string;
  readonly alias: string;
  /** Stands in the address of the list, and is all that protects it besides the source of the request. */
  readonly token: Secret;
  isExpected(source: IpAddress): boolean;
  /** Undefined until the list is whole: half of it would close the rest. */
  addresses(): ReadonlySet<IpAddress> | undefined;
  /** The firewall has all of these. */
  noteFetch(addresses: ReadonlySet<IpAddress>, source: IpAddress, agent: string | undefined): void;
}

export interface StatusPort {
  read(): RunningStatus;
  /** True when configuration is loaded and the first sync was attempted; never depends on a firewall or an upstream. */
  ready(): boolean;
}

export interface RunningStatus {
  readonly version: string;
  readonly startedAt: number;
  readonly planes: readonly PlaneStatus[];
  /** When the schedule has every firewall read next. */
  readonly nextRunAt?: number;
  readonly listeners: readonly ListenerStatus[];
  readonly upstreams: readonly UpstreamStatus[];
  readonly counters: Counters;
  /** Of the last 24 hours, or since the start where that is later. */
  readonly lastDay: Pick<DataCounters, 'queries' | 'denied' | 'failed'>;
  readonly ledger: LedgerFacts;
  /** Present where the page is served over TLS of our own. */
  readonly certificate?: CertificateStatus;
  /** Whole sentences about what a person should look at: a full disk, a gateway address that asks for everybody. */
  readonly warnings: readonly string[];
}

/** What a browser shows about the page, for a person to compare. */
export interface CertificateStatus {
  /** SHA-256, as browsers write it. */
  readonly fingerprint: string;
  readonly validTo: number;
  /** Nobody else vouches for it. */
  readonly selfSigned: boolean;
}

export interface PlaneStatus {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'crashed' | 'resting';
  readonly restarts: number;
}

export interface ListenerStatus {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Present when the address could not be bound: the system's code, and the exact thing to do. */
  readonly error?: { readonly code: string; readonly remedy: string };
}

export interface UpstreamStatus {
  readonly id: string;
  readonly state: 'up' | 'down';
  readonly lastError?: string;
  /** The names it is asked, as a pattern; absent: all that have no upstreams of their own. */
  readonly domain?: string;
  /** Since the data plane started. */
  readonly counters?: {
    readonly queries: number;
    readonly failures: number;
    readonly timeouts: number;
    /** Messages from its address that answered nothing asked: forged, or from a server that is not in order. */
    readonly mismatched: number;
    /** Milliseconds, of the latest answers; absent before the first. */
    readonly medianMs?: number;
  };
}

/** Since the data plane started. */
export interface Counters extends DataCounters {
  /** Leases past their told term that were ended because a cap needed room. */
  readonly evicted: number;
  /** Addresses asked for and not opened, because of a cap or a full disk. */
  readonly leftOut: number;
  /** Leases that ended in their time, or at a cap, while no upstream answered for their name (P5). */
  readonly endedInOutage: number;
}
