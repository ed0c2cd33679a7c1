/** A database as a large household leaves it: many leases over some groups, each group with a rule that justifies them. */
import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { addGroup } from '../../src/store/groups.ts';
import { saveLeases } from '../../src/store/leases.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addRule } from '../../src/store/rules.ts';

export interface LargeLedger {
  readonly groups: number;
  readonly leases: number;
  readonly now: number;
  /** How long each lease has to run. */
  readonly forMs: number;
}

/** Addresses of one name: as many as one answer opens. */
const PER_NAME = 4;

/** Returns every address under a lease, each under one. */
export function fillLedger(
  db: MainDb,
  { groups, leases, now, forMs }: LargeLedger,
): readonly { readonly groupId: number; readonly address: IpAddress }[] {
  const perGroup = Math.ceil(leases / groups);
  return Array.from({ length: groups }, (_, n) => {
    const group = addGroup(db, {
      name: `host${n}`,
      clients: [parsePrefix(`10.0.${n}.1`)],
      origin: 'person',
      createdAt: now,
      mode: 'enforce',
    });
    const { rule } = addRule(db, {
      groupId: group.id,
      action: 'allow',
      pattern: `*.g${n}.example`,
      origin: 'person',
      createdAt: now,
      createdBy: 'anna',
      warm: 'never',
    });
    const made = Array.from(
      { length: perGroup },
      (_, i): Lease => ({
        groupId: group.id,
        ruleId: rule.id,
        name: parseDomainName(`n${Math.floor(i / PER_NAME)}.g${n}.example`),
        address: publicAddress(n * perGroup + i),
        cause: 'answer',
        startedAt: now,
        toldUntil: now,
        until: now + forMs,
      }),
    );
    saveLeases(db, made);
    return made.map(({ groupId, address }) => ({ groupId, address }));
  }).flat();
}

/** The n-th address of 100.0.0.0/10, which is nobody's special range. */
function publicAddress(n: number): IpAddress {
  return parseIpAddress(`100.${Math.floor(n / 65_536)}.${Math.floor(n / 256) % 256}.${n % 256}`);
}
