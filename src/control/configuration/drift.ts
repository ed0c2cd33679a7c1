import type { Drift } from '../../actions/configuration/ports.ts';
import { formatPrefix } from '../../base/ip-address.ts';
import { itemYaml } from '../../config/export.ts';
import { type Group, listGroups } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { type Pin, pinsInForce } from '../../store/pins.ts';
import { type Rule, rulesInForce } from '../../store/rules.ts';
import { addressState, isByItself, ruleState } from './current-groups.ts';

/** What people made beside the file in the groups it has: temporary rules above all. */
export function driftOf(db: MainDb, now: number): readonly Drift[] {
  const groups = new Map(
    listGroups(db)
      .filter(({ origin }) => origin === 'file')
      .map((group) => [group.id, group]),
  );
  const inGroup = <T extends { readonly groupId: number }>(list: readonly T[]) =>
    list.flatMap((one) => {
      const group = groups.get(one.groupId);
      return group === undefined ? [] : [{ one, group }];
    });
  return [
    ...inGroup(rulesInForce(db, now).filter(isByPerson)).map(({ one, group }) => ruleDrift(one, group)),
    ...inGroup(pinsInForce(db, now).filter((pin) => isByPerson(pin) && isByItself(pin))).map(
      ({ one, group }) => addressDrift(one, group),
    ),
    ...[...groups.values()].filter(({ pausedUntil }) => (pausedUntil ?? 0) > now).map(pauseDrift),
  ];
}

function isByPerson({ origin }: { readonly origin: string }): boolean {
  return origin === 'person' || origin === 'learn';
}

function ruleDrift(rule: Rule, group: Group): Drift {
  return {
    kind: 'rule',
    group: group.name,
    what: `${rule.action} ${rule.pattern}`,
    by: rule.createdBy,
    until: rule.expiresAt,
    yaml: itemYaml(ruleState(rule)),
  };
}

function addressDrift(pin: Pin, group: Group): Drift {
  return {
    kind: 'address',
    group: group.name,
    what: formatPrefix(pin.prefix),
    by: pin.createdBy,
    until: pin.until,
    yaml: itemYaml(addressState(pin)),
  };
}

function pauseDrift({ name, pausedUntil }: Group): Drift {
  return { kind: 'pause', group: name, what: '', by: '', until: pausedUntil, yaml: '' };
}
