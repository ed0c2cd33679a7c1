/** What the actions need from the running system; the control plane implements it, tests do so in memory. */
import type { ShownCertificate } from '../base/certificate.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { FirewallConfig } from '../firewall/config.ts';
import type { AliasChanges, Fetch, Finding } from '../firewall/driver.ts';
import type { Cap } from '../ledger/lease.ts';
import type { CacheReport } from '../plane/protocol.ts';
import type { SyncRun } from '../sync/sync-run.ts';
import type { SyncStatus } from '../sync/sync-status.ts';
import type { EnforcingFirewall } from './enforcement.ts';

export interface PolicyPort {
  /**
   * Reads groups and rules afresh, ends the leases they no longer justify and hands the new policy to every
   * data-plane worker. Resolves when each of them has acknowledged: from then on the change is effective.
   */
  reload(): Promise<PolicyChange>;
}

export interface PolicyChange {
  readonly epoch: number;
  /** Addresses of which a lease ended by this change; they leave the firewalls with the next sync, as far as nothing else has them open. */
  readonly ended: readonly IpAddress[];
}

/** Every function that names a firewall throws KnownError not-found when none is configured under that name. */
export interface SyncPort {
  /** Asks every firewall for a sync now; returns at once. */
  nudge(): void;
  /** Reads, plans, applies and reads back; joins a run in flight. */
  run(firewall: string): Promise<SyncRun>;
  /** What a run would change now. Changes nothing. */
  plan(firewall: string): Promise<AliasChanges>;
  /** Every configured firewall, as last seen. */
  state(): readonly FirewallReport[];
  /** Whether the firewall was last read to hold the address. */
  holds(firewall: string, address: IpAddress): boolean;
  /** Where what it was last read to hold differs from what it should; reads nothing anew. */
  drift(firewall: string): Drift;
  /** Applies the plan that is held. Throws KnownError plan-not-held when there is none. */
  release(firewall: string): Promise<SyncRun>;
  /** Keeps what the held plan would remove: adopted for a day. Throws KnownError plan-not-held when there is none. */
  drop(firewall: string): Promise<void>;
  /** Makes the alias on the firewall, where its API and the key let us; then a run. */
  createAlias(firewall: string): Promise<SyncRun>;
  /** Looks at everything an owner can get wrong; the findings are kept in the report. */
  examine(firewall: string): Promise<readonly Finding[]>;
}

export interface Drift {
  /** Wanted, and not seen in its table. */
  readonly missing: readonly IpAddress[];
  /** Seen there, and explained by nothing here; of a very strange alias, the first thousand. */
  readonly extra: readonly IpAddress[];
}

/** What only the doctor asks; a firewall that is not configured: KnownError not-found. */
export interface DoctorPort {
  /** What a firewall shows at its address before it is given a key; undefined for one without an address. */
  knock(firewall: string): Promise<Knock | undefined>;
  /** What it was last read to hold that nothing here explains, or that should have gone long ago; of a very strange alias, the first thousand. */
  unexplained(firewall: string): readonly IpAddress[];
  /** Puts an address of nobody into the alias and takes it out again, by the way every address goes; undefined where it is read only. */
  roundTrip(firewall: string, address: IpAddress): Promise<RoundTrip | undefined>;
  machine(): Machine;
  /** Asks a listener of our own a name that cannot exist. */
  askListener(listener: {
    readonly protocol: 'udp' | 'tcp';
    readonly address: string;
    readonly port: number;
  }): Promise<ListenerLook>;
  /** What a firewall that is not configured shows, and what a key would find there. Changes nothing, keeps nothing. */
  tryFirewall(firewall: FirewallConfig): Promise<TriedFirewall>;
}

export type ListenerLook =
  | { readonly answered: true; readonly tookMs: number }
  | { readonly answered: false; readonly problem: string };

export interface TriedFirewall {
  /** Undefined where its kind has no address. */
  readonly knock: Knock | undefined;
  /** Undefined where nobody answered, or somebody whose certificate is not trusted: then no key was sent. */
  readonly findings: readonly Finding[] | undefined;
}

export interface Knock {
  readonly url: string;
  /** The pin that is configured; without one the certificate is verified against authorities. */
  readonly pin: string | undefined;
  /** Undefined where it speaks no TLS (on this machine only), or shows none. */
  readonly certificate: ShownCertificate | undefined;
  /** Why our client would not speak to it, a KnownError or a TransientDriverError; undefined: it would. */
  readonly refusal: Error | undefined;
  /** Its clock less ours, in milliseconds, as its answer's Date header has it; undefined when it has none. */
  readonly clockAheadMs: number | undefined;
}

export interface RoundTrip {
  readonly added: Leg;
  readonly removed: Leg;
  /** What it took of the writes that are counted. */
  readonly writes: number;
}

/** One run of the sync, and whether the read-back at its end shows the address. */
export interface Leg {
  readonly held: boolean;
  readonly tookMs: number;
  /** What went wrong, in words; empty when nothing did. */
  readonly problem: string;
}

/** The machine Sallyport runs on. */
export interface Machine {
  /** What the wall clock says now; the clock everything goes by does not follow when it is set. */
  readonly wallMs: number;
  readonly addresses: readonly IpAddress[];
  /** Undefined where there is none. */
  readonly resolvConf: string | undefined;
  /** Whom systemd-resolved asks, in the same form; undefined where it does not run. */
  readonly resolvedConf: string | undefined;
  /** UDP only. */
  readonly listeners: readonly {
    readonly address: string;
    readonly port: number;
    readonly error?: { readonly code: string; readonly remedy: string };
  }[];
  /** The default gateways of its network: in a container, the bridge that may hide who asks. */
  readonly gateways: ReadonlySet<IpAddress>;
}

export interface FirewallReport extends EnforcingFirewall {
  readonly driver: string;
  readonly alias: string;
  /** Names of the groups it serves. */
  readonly groups: readonly string[];
  readonly typicalLatencyMs: number;
  /** How many addresses it ought to hold. */
  readonly desired: number;
  /** How many it was last read to hold that nothing explains, or that should have gone long ago; of a very strange alias, the first thousand. */
  readonly unexplained: number;
  /** What it was last read to hold that is more than one address: Sallyport opens and removes no such thing. */
  readonly wider: readonly string[];
  readonly status: SyncStatus;
  /** Where the firewall fetches a list: who did last, and that in words. */
  readonly fetch?: { readonly last: Fetch | undefined; readonly words: string };
  /** Of the last examination; empty before the first. */
  readonly findings: readonly Finding[];
  /** When that was. */
  readonly examinedAt?: number;
}

export interface LeasePort {
  /** Every address open now, with what each firewall was read to hold. */
  live(filter: LeaseFilter): readonly OpenAddress[];
  /** How many they are. */
  counts(): OpenCounts;
  /** What answers led to in the last hour and was not opened, oldest first. */
  leftOut(): readonly LeftOutAddress[];
  /** Ends every lease of the address in the group, as a person who takes it back; pins and feeds stay. */
  revoke(groupId: number, address: IpAddress): void;
}

export interface OpenCounts {
  /** However many names lead to each. */
  readonly addresses: number;
  /** Each with how often it is in the list of what is open. */
  readonly causes: readonly {
    readonly group: string;
    readonly cause: OpenAddress['cause'];
    readonly count: number;
  }[];
}

export interface LeftOutAddress {
  readonly group: string;
  readonly name: string;
  readonly address: IpAddress;
  /** The cap that is reached, or storage: a database that takes no writes. */
  readonly cap: Cap;
  readonly at: number;
}

export interface LeaseFilter {
  readonly group?: string;
  /** Presentation form, lower case, no final dot. */
  readonly name?: string;
  readonly address?: IpAddress;
}

export interface OpenAddress {
  readonly group: string;
  readonly name: string;
  readonly address: IpAddress;
  readonly cause:
    | 'answer'
    | 'learn'
    | 'pause'
    | 'pin'
    | 'feed'
    | 'outage'
    | 'restored'
    | 'adopted'
    | 'in-use';
  /** Of a feed: why, as its owner wrote it. */
  readonly note?: string;
  readonly rule?: { readonly id: number; readonly pattern: string };
  readonly startedAt: number;
  /** Infinity for what has no end, such as a pin. */
  readonly until: number;
  /** confirmed: read back where it counts. held: read back from a stand-in, or an alias that no rule uses. waiting: the firewall was asked, or will be. missing: it was read after that, and does not hold it. */
  readonly firewalls: readonly {
    readonly name: string;
    readonly state: 'confirmed' | 'held' | 'waiting' | 'missing';
  }[];
}

/** The answers kept in memory. */
export interface CachePort {
  /** Forgets what is known of a name, or all; resolves when no data-plane worker answers from it any more. */
  flush(name: DomainName | undefined): Promise<void>;
  /** As last told, at most a second ago. */
  report(): CacheReport;
}

/** Lists of addresses that somebody else keeps. A name that is not configured: KnownError not-found. */
export interface FeedPort {
  reports(): readonly FeedReport[];
  /** Fetches now, or waits for the fetch under way; what went wrong is in the report. */
  refresh(name: string): Promise<FeedReport>;
  /** Puts the held list in force. Throws KnownError feed-not-held when there is none. */
  accept(name: string): FeedReport;
}

export interface FeedReport {
  readonly name: string;
  readonly groups: readonly string[];
  /** Where the list comes from, without what may be secret. */
  readonly source: string;
  readonly note: string;
  /** For people: an alias holds addresses only. */
  readonly ports: readonly number[];
  /** What does not work without it. */
  readonly breaks: string;
  /** When it ends by itself. */
  readonly until: number | undefined;
  /** Addresses it has open. */
  readonly entries: number;
  /** Where these come from: written in the configuration, or built in, known to be right in `knownIn`. */
  readonly list: 'none' | 'fetched' | 'written' | 'built-in';
  readonly knownIn: string | undefined;
  /** Entries of its list that are never opened, or no addresses. */
  readonly dropped: number;
  /** The last try, and the last one that found the list in order. */
  readonly checkedAt: number | undefined;
  readonly fetchedAt: number | undefined;
  /** Undefined: it is not fetched, or its time is over. */
  readonly nextAt: number | undefined;
  /** Why the last try changed nothing. */
  readonly problem: string | undefined;
  /** A much shorter list that waits for a person. */
  readonly held: readonly IpAddress[] | undefined;
}

/** Asks what is at the port of a Plex server. */
export interface PlexPort {
  look(endpoint: { readonly address: IpAddress; readonly port: number }): Promise<PlexLook>;
}

export interface PlexLook {
  /** Of the names below plex.direct that its certificate is for; verified by nobody. */
  readonly hashes: readonly string[];
  /** All names its certificate is for. */
  readonly names: readonly string[];
  /** Asked only where the certificate tells no hash. */
  readonly identity: PlexIdentity | undefined;
  /** What of it could not be had, in words. */
  readonly problem: string | undefined;
}

export interface PlexIdentity {
  readonly machineIdentifier: string;
  /** '' where it says none. */
  readonly version: string;
  /** Undefined: it does not say. */
  readonly claimed: boolean | undefined;
}
