import { formatPrefix } from '../../base/ip-address.ts';
import type { AddressState, GroupState, RuleState } from '../../config/plan/state.ts';
import { distinct } from '../../config/plan/state.ts';
import { type Group, listGroups } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { type Pin, pinsInForce } from '../../store/pins.ts';
import { type Rule, rulesInForce } from '../../store/rules.ts';

/** What a file is compared with: all groups, with what a file may have in them. Rules of presets, and what a person allowed for a while, are not. */
export function currentGroups(db: MainDb, now: number): readonly GroupState[] {
  const rules = Map.groupBy(rulesInForce(db, now).filter(isForFiles), ({ groupId }) => groupId);
  const pins = Map.groupBy(pinsInForce(db, now).filter(isByItself), ({ groupId }) => groupId);
  return listGroups(db).map((group) =>
    groupState(group, rules.get(group.id) ?? [], pins.get(group.id) ?? []),
  );
}

function isForFiles({ origin, expiresAt }: Rule): boolean {
  return origin === 'file' || ((origin === 'person' || origin === 'learn') && expiresAt === undefined);
}

/** What is open for a shared server is said by plexDirect. */
export function isByItself({ plexServer }: Pin): boolean {
  return plexServer === undefined;
}

function groupState(group: Group, rules: readonly Rule[], pins: readonly Pin[]): GroupState {
  const { mode, enforceOverride, refuse, ipv6, holdLimitMs, onHoldLimit, graceMs, headroomMs } = group;
  return {
    id: group.id,
    name: group.name,
    place: group.place,
    isOfFile: group.origin === 'file',
    clients: distinct(group.clients.map(formatPrefix)),
    settings: {
      mode,
      enforceOverride,
      refuse,
      ipv6,
      holdLimitMs,
      onHoldLimit,
      graceMs,
      headroomMs,
      learnAlias: group.learnAlias,
      plexDirect: {
        hashes: [...group.plexDirect.hashes],
        ownAddresses: [...group.plexDirect.ownAddresses],
        shared: group.plexDirect.shared.map((one) => ({ ...one, addresses: [...one.addresses] })),
      },
    },
    presets: distinct(group.presets),
    rules: rules.map(ruleState),
    addresses: pins.map(addressState),
  };
}

export function ruleState(rule: Rule): RuleState {
  return {
    id: rule.id,
    place: rule.place,
    isOfFile: rule.origin === 'file',
    action: rule.action,
    pattern: rule.pattern,
    types: distinct(rule.types),
    note: rule.note,
    private: rule.private,
    warm: rule.warm,
    until: rule.expiresAt,
  };
}

export function addressState(pin: Pin): AddressState {
  return {
    id: pin.id,
    place: pin.place,
    isOfFile: pin.origin === 'file',
    address: formatPrefix(pin.prefix),
    ports: pin.ports,
    note: pin.note,
    until: pin.until,
  };
}
