import type { DomainName } from '../base/domain-name.ts';
import { familyOf, type IpAddress } from '../base/ip-address.ts';
import { TYPE } from '../dns/wire/constants.ts';
import type { NeededTerm } from '../gate/term-watch.ts';
import type { LeaseKey } from '../ledger/lease.ts';
import { compileClients } from '../policy/clients.ts';
import { compilePolicy, type Mode, type Policy, type Verdict } from '../policy/policy.ts';
import type { GroupSnapshot } from './protocol.ts';

/** A group as the data plane asks it; the mode follows the clock, so that a pause ends by itself. */
export interface CompiledGroup extends GroupSnapshot {
  readonly policy: Policy;
  modeAt(now: number): Mode;
}

export interface PolicySnapshot {
  readonly epoch: number;
  readonly groups: readonly CompiledGroup[];
  groupOf(client: IpAddress): CompiledGroup | undefined;
  group(id: number): CompiledGroup | undefined;
  /** undefined: there is no such group. */
  decide(groupId: number, name: DomainName, qtype: number, now: number): Decision | undefined;
}

/** A verdict, and what the mode of the moment makes of it. */
export type Decision =
  | (Extract<Verdict, { allowed: true }> & {
      /** False in learn mode and while paused. */
      readonly enforced: boolean;
      /** When a temporary rule or a pause ends by itself. */
      readonly endsAt: number | undefined;
    })
  | Extract<Verdict, { allowed: false }>;

/** How long behind its told term an address must be held; undefined where nobody allows it any more, or its group does not enforce. */
export function promisedTerm(
  snapshot: PolicySnapshot,
  { groupId, name, address }: LeaseKey,
  now: number,
): NeededTerm | undefined {
  const group = snapshot.group(groupId);
  const verdict = snapshot.decide(groupId, name, familyOf(address) === 4 ? TYPE.A : TYPE.AAAA, now);
  if (group === undefined || verdict?.allowed !== true || !verdict.enforced) return undefined;
  return { graceMs: group.graceMs, endsAt: verdict.endsAt };
}

export function compileSnapshot(epoch: number, snapshots: readonly GroupSnapshot[]): PolicySnapshot {
  const groups = snapshots.map((group): CompiledGroup => {
    const policy = compilePolicy(group.rules);
    const modeAt = (now: number) =>
      group.mode === 'paused' && now >= (group.pausedUntil ?? 0) ? group.modeAfterPause : group.mode;
    return { ...group, policy, modeAt };
  });
  const byId = new Map(groups.map((group) => [group.id, group]));
  const groupOf = compileClients(groups.map((group) => ({ group, clients: group.clients })));
  return {
    epoch,
    groups,
    groupOf,
    group: (id) => byId.get(id),
    decide(groupId, name, qtype, now) {
      const group = byId.get(groupId);
      if (group === undefined) return undefined;
      const mode = group.modeAt(now);
      const verdict = group.policy.decide(name, qtype, mode, now);
      if (!verdict.allowed) return verdict;
      const endsAt = verdict.reason === 'paused' ? group.pausedUntil : verdict.rule?.expiresAt;
      return { ...verdict, enforced: mode === 'enforce', endsAt };
    },
  };
}
