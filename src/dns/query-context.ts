/** What a stage is given, what it gives back, and what it may ask of the rest of the house. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { PlexDirect, PlexDirectRefusal } from './plex-direct.ts';
import type { Query } from './wire/query.ts';
import type { ResourceRecord } from './wire/response.ts';

/** The settings of a client group that answering needs. */
export interface ClientGroup {
  readonly id: number;
  readonly name: string;
  readonly refuse: 'nxdomain' | 'nodata' | 'refused' | 'zero';
  readonly ipv6: boolean;
  /** How much of the time until the deadline an answer may wait for the firewall. */
  readonly holdLimitMs: number;
  readonly gated: boolean;
  readonly plexDirect: PlexDirect;
}

export interface Rule {
  readonly id: number;
  readonly pattern: { readonly kind: 'exact' | 'below' | 'both'; readonly name: DomainName };
  readonly private: boolean;
}

export type Verdict =
  | {
      readonly allowed: true;
      readonly reason: 'rule' | 'learn' | 'paused';
      readonly rule: Rule | undefined;
      /** False in learn mode and while paused: nothing is held then. */
      readonly enforced: boolean;
      /** When a temporary rule or a pause ends by itself: nothing is told past it. */
      readonly endsAt: number | undefined;
      /** Only in learn mode and while paused: why enforcing would have refused the name, and by which rule. */
      readonly wouldBe?: {
        readonly reason: RefusalReason;
        readonly rule: { readonly id: number } | undefined;
      };
    }
  | {
      readonly allowed: false;
      readonly reason: RefusalReason;
      readonly rule: { readonly id: number } | undefined;
    };

/** Why the policy refuses a name. */
export const REFUSAL_REASONS = ['no-rule', 'deny-rule', 'qtype', 'above-allowed'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** One question on its way. A stage that adds something passes a copy on. */
export interface QueryContext {
  readonly query: Query;
  readonly client: IpAddress;
  readonly protocol: 'udp' | 'tcp';
  readonly group: ClientGroup;
  readonly arrivedAt: number;
  /** The client has gone or asked again by then: upstream time and waiting for the firewall end here together. */
  readonly deadline: number;
  /** A question of our own, to be put to the upstream even when the answer is in the cache. */
  readonly fresh?: boolean;
  /** Too many questions wait already: this one is answered from what is at hand, or fails at once. */
  readonly crowded?: boolean;
  /** Set by enforce-policy; what comes behind it is allowed. */
  readonly allowed: Extract<Verdict, { allowed: true }> | undefined;
}

/** Why the gate lets no address out: the firewall does not hold it yet, or the ledger does not open it. */
export const NOT_TOLD_REASONS = [
  'not-confirmed',
  'cap-name',
  'cap-rule',
  'cap-group',
  'cap-learn',
  'cap-storage',
] as const;
export type NotTold = (typeof NOT_TOLD_REASONS)[number];

/** Why it ended so: set once, and read by the log, the counters, the API and the EDE of the answer. */
export type Reason =
  | RefusalReason
  | 'rule'
  | 'learn'
  | 'paused'
  | 'local'
  | 'plex-direct'
  | PlexDirectRefusal
  | 'no-ipv6'
  | 'unknown-client'
  | 'not-in-class'
  | 'transfer'
  | 'not-a-type'
  | 'upstream-failed'
  | 'no-upstream'
  | 'loop'
  | 'budget'
  | 'too-many'
  | NotTold
  | 'stale'
  | 'not-ready'
  | 'internal';

export interface Outcome {
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly ede?: { readonly code: number; readonly text: string };
  readonly authenticData?: boolean;
  readonly verdict: 'allowed' | 'denied' | 'failed';
  readonly reason: Reason;
  readonly ruleId?: number | undefined;
  /** cache, local, or the upstream's id. */
  readonly source: string;
  /** Clock time until which the same reply may be given again with its ttls counted down; absent: never. */
  readonly repeatUntil?: number;
  /** The gate's promise that its addresses are held; absent where nobody holds anything. */
  readonly standing?: Standing;
}

/** Whether what was told at one moment may still be told: false once an address of the name was withdrawn or cut short. */
export interface Standing {
  readonly holds: boolean;
}

/** An answer that may be given again as it is. */
export interface Told {
  readonly context: QueryContext;
  readonly outcome: Outcome;
}

/** At once where nothing has to be waited for: refusals come in floods. */
export type Resolve = (context: QueryContext) => Outcome | Promise<Outcome>;

export interface Stage {
  readonly name: string;
  resolve(context: QueryContext, next: Resolve): Outcome | Promise<Outcome>;
}

export interface PolicyPort {
  groupOf(client: IpAddress): ClientGroup | undefined;
  decide(group: ClientGroup, name: DomainName, qtype: number): Verdict;
}

/** Decides which addresses of an answer are told, and may hold the answer until the firewall was read back. */
export interface GatePort {
  pass(request: GateRequest): GateResult | Promise<GateResult>;
  /** Clock time until which an address may be told as one of the name's; undefined when it is not confirmed. Asks for nothing. */
  tellableUntil(group: ClientGroup, name: DomainName, address: IpAddress): number | undefined;
}

export interface GateRequest {
  readonly group: ClientGroup;
  readonly allowed: Extract<Verdict, { allowed: true }>;
  readonly name: DomainName;
  /** False for a look-up of our own. */
  readonly asked: boolean;
  /** True when no upstream answers, and this is the last good answer. */
  readonly stale: boolean;
  readonly addresses: readonly IpAddress[];
  readonly ttlS: number;
  readonly deadline: number;
}

export type GateResult =
  | {
      readonly kind: 'tell';
      readonly addresses: readonly IpAddress[];
      readonly ttlS: number;
      /** False: told because the hold limit was reached. Asked again, there may be a better answer. */
      readonly confirmed: boolean;
      readonly standing?: Standing;
    }
  | {
      readonly kind: 'withhold';
      readonly why: string;
      /** The name has addresses of the other family that are told. */
      readonly otherFamily: boolean;
      /** Present when none of them will be opened: the cap that is reached, or a database that takes no writes. */
      readonly leftOutBy?: 'name' | 'rule' | 'group' | 'learn' | 'storage';
    };

/** What happens on the way and matters elsewhere; none of these may wait. */
export interface EventPort {
  denied(context: QueryContext, reason: string, ruleId: number | undefined): void;
  unknownClient(client: IpAddress, name: DomainName): void;
  sighted(context: QueryContext, sighting: Sighting): void;
  /** Records that an upstream sent along and that have nothing to do with the question. */
  unrelated(records: number): void;
  answered(
    context: Omit<QueryContext, 'group'>,
    group: ClientGroup | undefined,
    outcome: Outcome,
    durationUs: number,
  ): void;
  /** The same answer once more: the same client, the same question. startedMs as performance.now() counts. */
  repeated(told: Told, arrivedAt: number, startedMs: number): void;
}

export interface Sighting {
  readonly chain: readonly DomainName[];
  readonly records: readonly { readonly address: IpAddress; readonly ttlS: number }[];
  readonly upstream: string;
}
