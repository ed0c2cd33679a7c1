/** What the gate is asked about one answer, and what it says. */
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Cap, LeaseCause, LeaseRequest } from '../ledger/lease.ts';
import { leaseTermMs } from './decide.ts';

export interface GateGroup {
  readonly id: number;
  readonly gated: boolean;
  readonly learnAlias: boolean;
  /** True where every new address costs a firewall a write. */
  readonly frugal: boolean;
  readonly onHoldLimit: 'answer' | 'servfail';
  readonly graceMs: number;
  readonly headroomMs: number;
}

export interface PassRequest {
  readonly group: GateGroup;
  readonly allowed: {
    readonly reason: 'rule' | 'learn' | 'paused';
    readonly rule: { readonly id: number } | undefined;
    /** True when the group's mode is enforce: only then is an answer held. */
    readonly enforced: boolean;
    /** When a temporary rule or a pause ends by itself: nothing is told or leased past it. */
    readonly endsAt: number | undefined;
  };
  readonly name: DomainName;
  /** False when we keep the name warm ourselves. */
  readonly asked: boolean;
  /** True when no upstream answers, and this is the last good answer. */
  readonly stale: boolean;
  readonly addresses: readonly IpAddress[];
  readonly ttlS: number;
  readonly deadline: number;
}

export type PassResult =
  | {
      readonly kind: 'tell';
      readonly addresses: readonly IpAddress[];
      readonly ttlS: number;
      /** False: told because the hold limit was reached; asked again, there may be a better answer. */
      readonly confirmed: boolean;
      /** Breaks when one of the addresses is withdrawn or ends earlier: what was told must not be told again then. */
      readonly standing?: { readonly holds: boolean };
    }
  | {
      readonly kind: 'withhold';
      readonly why: string;
      /** The name has addresses of the other family that may be told. */
      readonly otherFamily: boolean;
      /** Present when the ledger opens none of them: what keeps it from that. */
      readonly leftOutBy?: Cap;
    };

/** Seconds the answer may be told now: never past the end of its rule or pause. */
export function tellableS({ allowed: { endsAt }, ttlS }: PassRequest, now: number): number {
  if (endsAt === undefined) return ttlS;
  return Math.max(0, Math.min(ttlS, Math.floor((endsAt - now) / 1000)));
}

/** What the ledger is asked for so that these addresses may be told. */
export function leaseRequests(
  request: PassRequest,
  addresses: readonly IpAddress[],
  now: number,
): readonly LeaseRequest[] {
  const { group, allowed, name } = request;
  const ttlS = tellableS(request, now);
  const toldUntil = now + ttlS * 1000;
  const until = Math.min(
    now + leaseTermMs(ttlS, group.graceMs, group.headroomMs),
    allowed.endsAt ?? Number.POSITIVE_INFINITY,
  );
  const cause = causeOf(request);
  return addresses.map((address) => ({
    groupId: group.id,
    name,
    address,
    ruleId: allowed.rule?.id,
    cause,
    toldUntil,
    until,
  }));
}

export function causeOf({ allowed, stale }: PassRequest): LeaseCause {
  if (allowed.reason === 'learn') return 'learn';
  if (allowed.reason === 'paused') return 'pause';
  return stale ? 'outage' : 'answer';
}
