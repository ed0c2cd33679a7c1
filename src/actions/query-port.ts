/** Reports and searches, as the query thread gives them. */
import type { IpAddress } from '../base/ip-address.ts';

/** Reports and searches run in a thread of their own, so that a ten-second search delays nobody. */
export interface QueryPort {
  search(filter: QueryFilter): Promise<Page<QueryRecord>>;
  whyName(input: { readonly name: string; readonly group?: string }): Promise<readonly WhyName[]>;
  whyAddress(input: { readonly address: IpAddress; readonly group?: string }): Promise<WhyAddress>;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface QueryFilter {
  readonly name?: string | undefined;
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

/** What would happen to a name in one group now, and what happened lately. */
export interface WhyName {
  readonly group: string;
  readonly name: string;
  readonly verdict: 'allowed' | 'denied';
  readonly reason: string;
  readonly rule?: RuleReference;
  /** One sentence for a person. */
  readonly sentence: string;
  /** What the catalog knows about the name. */
  readonly catalog?: { readonly title: string; readonly why: string };
  readonly addresses: readonly string[];
  readonly lastQueries: readonly QueryRecord[];
}

/** Every interval in which an address was open, newest first. */
export interface WhyAddress {
  readonly address: IpAddress;
  readonly open: boolean;
  readonly sentence: string;
  readonly leases: readonly LeaseInterval[];
}

export interface LeaseInterval {
  readonly group: string;
  readonly name: string;
  readonly cause: string;
  readonly rule?: RuleReference;
  readonly approvedBy?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly endCause?: string;
}
