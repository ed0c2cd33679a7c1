import { typeNumber } from '../dns/wire/constants.ts';
import type { GroupSnapshot } from '../plane/protocol.ts';
import { parsePattern } from '../policy/pattern.ts';
import type { Mode, PolicyRule } from '../policy/policy.ts';
import { type Group, listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { type Rule, rulesInForce } from '../store/rules.ts';

export interface ServedGroups {
  /** Their answers wait for a firewall. */
  readonly gated: ReadonlySet<number>;
  /** A firewall of theirs pays for every write. */
  readonly frugal: ReadonlySet<number>;
}

/** The policy as the database has it now. */
export function readPolicy(db: MainDb, now: number, served: ServedGroups): readonly GroupSnapshot[] {
  const rules = Map.groupBy(rulesInForce(db, now), (rule) => rule.groupId);
  return listGroups(db).map((group) => snapshotOf(group, rules.get(group.id) ?? [], now, served));
}

export function modeOf(group: Group, now: number): Mode {
  return (group.pausedUntil ?? 0) > now ? 'paused' : group.mode;
}

export function policyRule(rule: Rule): PolicyRule {
  return {
    id: rule.id,
    action: rule.action,
    pattern: parsePattern(rule.pattern),
    types: rule.types.includes('ANY') ? 'any' : rule.types.map(typeNumber),
    temporary: rule.origin === 'person' && isTemporary(rule),
    expiresAt: rule.expiresAt,
    private: rule.private,
  };
}

export function isTemporary(rule: Pick<Rule, 'expiresAt'>): boolean {
  return rule.expiresAt !== undefined;
}

function snapshotOf(group: Group, rules: readonly Rule[], now: number, served: ServedGroups): GroupSnapshot {
  return {
    id: group.id,
    name: group.name,
    clients: group.clients,
    mode: modeOf(group, now),
    pausedUntil: group.pausedUntil,
    modeAfterPause: group.mode,
    refuse: group.refuse,
    ipv6: group.ipv6,
    holdLimitMs: group.holdLimitMs,
    onHoldLimit: group.onHoldLimit,
    graceMs: group.graceMs,
    headroomMs: group.headroomMs,
    gated: served.gated.has(group.id),
    frugal: served.frugal.has(group.id),
    learnAlias: group.learnAlias,
    plexDirect: group.plexDirect,
    rules: rules.map(policyRule),
  };
}
