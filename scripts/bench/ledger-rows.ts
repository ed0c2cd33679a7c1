import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { listGroups } from '../../src/store/groups.ts';
import { saveLeases } from '../../src/store/leases.ts';
import { openMainDatabase } from '../../src/store/open.ts';
import { rulesInForce } from '../../src/store/rules.ts';
import { nameOfAddress, ZONE } from './servers.ts';

export interface FilledLedger {
  /** A name with a lease of the first group, which the upstream answers for. */
  readonly asked: string;
  readonly addresses: readonly IpAddress[];
}

/**
 * So many live leases, each with a name and an address of its own, shared out over the groups and rules that are in the
 * database already. Nobody else may have it open.
 */
export function fillLedger(dataDir: string, count: number): FilledLedger {
  const db = openMainDatabase({ dataDir, log: silentLog(), appVersion: 'bench' });
  try {
    const now = Date.now();
    const groups = listGroups(db).map(({ id }) => ({ id, rules: rulesInForce(db, now, id) }));
    const leases = Array.from({ length: count }, (_, i) => {
      const group = groups[i % groups.length];
      const rule = group?.rules[Math.floor(i / groups.length) % group.rules.length];
      if (group === undefined || rule === undefined) throw new Error(`${dataDir} has no groups with rules`);
      // Below the suffix of its own rule: at the start each lease looks for the rule that allows its name.
      const name = nameOfAddress(i + 1).replace(`.${ZONE}`, rule.pattern);
      return {
        groupId: group.id,
        ruleId: rule.id,
        name: parseDomainName(name),
        address: parseIpAddress(`11.0.${(i + 1) >> 8}.${(i + 1) & 255}`),
        cause: 'answer' as const,
        startedAt: now - AN_HOUR_MS,
        toldUntil: now + AN_HOUR_MS,
        until: now + 12 * AN_HOUR_MS,
      };
    });
    saveLeases(db, leases);
    return { asked: nameOfAddress(1), addresses: leases.map(({ address }) => address) };
  } finally {
    db.close();
  }
}

const AN_HOUR_MS = 3_600_000;
