/** What becomes of a lease when the policy changes or its end comes near. Pure. */
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import { TYPE } from '../dns/wire/constants.ts';
import { mayEndFrom } from '../gate/decide.ts';
import type { Lease, LeaseCause, LeaseEndCause, LeaseRequest } from '../ledger/lease.ts';
import type { CompiledGroup } from '../plane/policy-snapshot.ts';
import type { Verdict } from '../policy/policy.ts';

/** The lease under the rule or mode that justifies it now. */
export function boundTo<L extends LeaseRequest>(
  lease: L,
  { reason, rule }: Extract<Verdict, { allowed: true }>,
): L {
  const cause: LeaseCause = reason === 'rule' ? 'answer' : reason === 'learn' ? 'learn' : 'pause';
  if (rule?.id === lease.ruleId && (rule !== undefined || reason === 'paused' || cause === lease.cause))
    return lease;
  return { ...lease, ruleId: rule?.id, cause };
}

/** Learning is over and no rule allows the name. Nobody has refused it either: a deny rule closes at once. */
export function runsOut(lease: Lease, verdict: Verdict | undefined): boolean {
  return (
    lease.cause === 'learn' && verdict !== undefined && !verdict.allowed && verdict.reason !== 'deny-rule'
  );
}

/** Until when clients may use the address by what they were told. Under a rule or pause that ends, terms are told to the very end. */
export function neededUntil(
  lease: Lease,
  group: CompiledGroup | undefined,
  isTemporary: (ruleId: number) => boolean,
  now: number,
): number {
  const isToldToItsEnd =
    lease.cause === 'pause' ||
    (lease.ruleId === undefined ? group?.modeAt(now) === 'paused' : isTemporary(lease.ruleId));
  if (group === undefined || isToldToItsEnd) return lease.until;
  return mayEndFrom(lease, group.graceMs, group.headroomMs);
}

/** When to look at the upstream: a quarter of the lease's term before its end, but not too early and not too late. */
export function lookAt(lease: Lease): number {
  const ahead = Math.min(Math.max((lease.until - lease.startedAt) / 4, MIN_LOOK_AHEAD_MS), MAX_LOOK_AHEAD_MS);
  return lease.until - ahead;
}

export function addressesOf(leases: readonly LeaseRequest[]): readonly IpAddress[] {
  return leases.map(({ address }) => address);
}

export function groupsOf(leases: readonly Lease[]): ReadonlySet<number> {
  return new Set(leases.map((lease) => lease.groupId));
}

export function nameOf(lease: Lease): string {
  return `${lease.groupId} ${familyOf(lease.address)} ${lease.name}`;
}

const MIN_LOOK_AHEAD_MS = 1000;
const MAX_LOOK_AHEAD_MS = 5000;

export function qtypeOf({ address }: Pick<Lease, 'address'>): number {
  return familyOf(address) === 4 ? TYPE.A : TYPE.AAAA;
}

export function endCause(
  lease: Lease,
  groupGone: boolean,
  isTemporary: (ruleId: number) => boolean,
): LeaseEndCause {
  if (groupGone) return 'group-gone';
  if (lease.cause === 'pause') return 'pause-ended';
  if (lease.cause === 'learn') return 'mode-changed';
  return lease.ruleId !== undefined && isTemporary(lease.ruleId) ? 'rule-ended' : 'revoked';
}
