/** What the gate is asked about one answer, and what it says. */
import type { IpAddress } from '../base/ip-address.ts';
import type { GateRequest } from '../dns/query-context.ts';
import type { LeaseCause, LeaseRequest } from '../ledger/lease.ts';
import { leaseEnd } from './decide.ts';

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

type Allowed = GateRequest['allowed'];

/** As a stage asks, with the group as the gate knows it. */
export interface PassRequest extends Omit<GateRequest, 'group' | 'allowed'> {
  readonly group: GateGroup;
  readonly allowed: Pick<Allowed, 'reason' | 'enforced' | 'endsAt'> & {
    readonly rule: { readonly id: number } | undefined;
  };
}

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
  const until = leaseEnd({ ...group, now, ttlS }, allowed.endsAt);
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
