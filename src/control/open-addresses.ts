import type { LeaseFilter, OpenAddress, OpenCounts } from '../actions/ports.ts';
import { formatDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { allGroupNames } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { getRule } from '../store/rules.ts';
import type { Firewalls } from './firewalls.ts';
import type { Openings } from './openings.ts';

/** What is open by group and cause: without a list of it, for whoever asks every few seconds. */
export function countOpen({
  db,
  ledger,
  openings,
  now,
}: Pick<OpenAddressesDeps, 'db' | 'ledger' | 'openings' | 'now'>): OpenCounts {
  const groups = allGroupNames(db);
  const addresses = new Set<IpAddress>();
  const counts = new Map<number, Map<OpenAddress['cause'], number>>();
  const count = (address: IpAddress, groupId: number, cause: OpenAddress['cause']) => {
    const ofGroup = counts.get(groupId) ?? new Map<OpenAddress['cause'], number>();
    counts.set(groupId, ofGroup);
    ofGroup.set(cause, (ofGroup.get(cause) ?? 0) + 1);
    addresses.add(address);
  };
  for (const { address, groupId, cause } of ledger.live()) count(address, groupId, cause);
  for (const { address, groupId, cause, until } of openings.current())
    if (until === undefined || until > now) count(address, groupId, cause);
  return {
    addresses: addresses.size,
    causes: [...counts].flatMap(([id, causes]) =>
      [...causes].map(([cause, n]) => ({ group: groups.get(id) ?? String(id), cause, count: n })),
    ),
  };
}

export interface OpenAddressesDeps {
  readonly db: MainDb;
  readonly ledger: Ledger;
  readonly openings: Pick<Openings, 'current'>;
  readonly firewalls: Pick<Firewalls, 'heldBy'>;
  readonly now: number;
}

/** Every address that is open or about to be, with its cause and what each firewall was read to hold. */
export function openAddresses(
  { db, ledger, openings, firewalls, now }: OpenAddressesDeps,
  filter: LeaseFilter,
): readonly OpenAddress[] {
  const groups = allGroupNames(db);
  const groupOf = (id: number) => groups.get(id) ?? String(id);
  const isAsked = (group: string, name: string, address: IpAddress) =>
    (filter.group === undefined || group === filter.group) &&
    (filter.name === undefined || name === filter.name) &&
    (filter.address === undefined || address === filter.address);
  const rules = new Map<number, OpenAddress['rule']>();
  const ruleOf = (id: number) => {
    if (!rules.has(id)) rules.set(id, { id, pattern: getRule(db, id).pattern });
    return rules.get(id);
  };
  const states = (address: IpAddress, groupId: number, startedAt: number): OpenAddress['firewalls'] =>
    firewalls.heldBy(address, groupId).map(({ name, held, enforces, readAt }) => ({
      name,
      // Nothing is called confirmed that no packet filter acts on.
      state: held
        ? enforces
          ? 'confirmed'
          : 'held'
        : readAt !== undefined && readAt > startedAt
          ? 'missing'
          : 'waiting',
    }));

  const found: OpenAddress[] = [];
  for (const lease of ledger.live()) {
    const group = groupOf(lease.groupId);
    const name = formatDomainName(lease.name);
    if (!isAsked(group, name, lease.address)) continue;
    const rule = lease.ruleId === undefined ? undefined : ruleOf(lease.ruleId);
    found.push({
      group,
      name,
      address: lease.address,
      cause: lease.cause,
      ...(rule === undefined ? {} : { rule }),
      startedAt: lease.startedAt,
      until: lease.until,
      // Adopted, it is kept where it was found, and opened nowhere else.
      firewalls: states(lease.address, lease.groupId, lease.startedAt).filter(
        ({ state }) => lease.cause !== 'adopted' || state === 'confirmed' || state === 'held',
      ),
    });
  }
  for (const { address, groupId, note, feed, cause, startedAt, until } of openings.current()) {
    if (until !== undefined && until <= now) continue;
    const group = groupOf(groupId);
    const name = feed ?? note;
    if (!isAsked(group, name, address)) continue;
    found.push({
      group,
      name,
      address,
      cause,
      ...(feed === undefined || note === '' ? {} : { note }),
      startedAt,
      until: until ?? Number.POSITIVE_INFINITY,
      firewalls: states(address, groupId, startedAt),
    });
  }
  return found;
}
