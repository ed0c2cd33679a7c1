import type { LeaseFilter, OpenAddress } from '../actions/ports.ts';
import { formatDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import { formatPrefix } from '../base/ip-address.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { allGroupNames } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { pinsInForce } from '../store/pins.ts';
import { getRule } from '../store/rules.ts';
import type { Firewalls } from './firewalls.ts';

export interface OpenAddressesDeps {
  readonly db: MainDb;
  readonly ledger: Ledger;
  readonly firewalls: Pick<Firewalls, 'heldBy'>;
  readonly now: number;
}

/** Every address that is open or about to be, with its cause and what each firewall was read to hold. */
export function openAddresses(
  { db, ledger, firewalls, now }: OpenAddressesDeps,
  filter: LeaseFilter,
): readonly OpenAddress[] {
  const groups = allGroupNames(db);
  const rules = new Map<number, OpenAddress['rule']>();
  const ruleOf = (id: number) => {
    if (!rules.has(id)) rules.set(id, { id, pattern: getRule(db, id).pattern });
    return rules.get(id);
  };
  const states = (address: IpAddress, groupId: number, startedAt: number): OpenAddress['firewalls'] =>
    firewalls.heldBy(address, groupId).map(({ name, held, readAt }) => ({
      name,
      state: held ? 'confirmed' : readAt !== undefined && readAt > startedAt ? 'missing' : 'waiting',
    }));

  const found: OpenAddress[] = [];
  for (const lease of ledger.live()) {
    const rule = lease.ruleId === undefined ? undefined : ruleOf(lease.ruleId);
    found.push({
      group: groups.get(lease.groupId) ?? String(lease.groupId),
      name: formatDomainName(lease.name),
      address: lease.address,
      cause: lease.cause,
      ...(rule === undefined ? {} : { rule }),
      startedAt: lease.startedAt,
      until: lease.until,
      firewalls: states(lease.address, lease.groupId, lease.startedAt),
    });
  }
  for (const pin of pinsInForce(db, now)) {
    found.push({
      group: groups.get(pin.groupId) ?? String(pin.groupId),
      name: pin.note,
      address: formatPrefix(pin.prefix) as IpAddress,
      cause: 'pin',
      startedAt: pin.createdAt,
      until: pin.until ?? Number.POSITIVE_INFINITY,
      firewalls: states(pin.prefix.address, pin.groupId, pin.createdAt),
    });
  }
  return found.filter(
    (one) =>
      (filter.group === undefined || one.group === filter.group) &&
      (filter.name === undefined || one.name === filter.name) &&
      (filter.address === undefined || one.address === filter.address),
  );
}
