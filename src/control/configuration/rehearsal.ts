/** What would close, were something written: it is written, looked at as after a revoke, and taken back. */
import type { Closing } from '../../actions/configuration/ports.ts';
import { formatDomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Lease } from '../../ledger/lease.ts';
import type { MainDb } from '../../store/open.ts';
import type { Opening } from '../openings.ts';

export interface RehearsalDeps {
  readonly db: MainDb;
  readonly live: () => Iterable<Lease>;
  /** Leases that the policy of the database, as it is at the moment of the call, no longer justifies. */
  readonly wouldEnd: () => readonly Lease[];
  /** Addresses opened by hand and by feeds, as the database has them at the moment of the call. */
  readonly openings: () => readonly Opening[];
  readonly groupNames: () => ReadonlyMap<number, string>;
  readonly firewalls: () => readonly { readonly name: string; readonly groups: readonly string[] }[];
}

export type Rehearse = (write: () => void) => readonly Closing[];

/** Whatever `write` throws is thrown on; nothing stays written in any case. */
export function createRehearsal({ db, ...deps }: RehearsalDeps): Rehearse {
  return (write) => {
    const names = deps.groupNames();
    const before = deps.openings();
    const { ended, after } = takingBack(db, () => {
      write();
      return { ended: deps.wouldEnd(), after: deps.openings() };
    });
    // A group that is made by what was taken back has nothing open yet.
    const stays = new Set(after.map(keyOf));
    const leases = [...deps.live()];
    const gone = new Set(ended);
    return closingsOf({
      left: [
        ...ended.map((lease) => shownLease(lease, names)),
        ...before.filter((one) => !stays.has(keyOf(one))).map((one) => shownOpening(one, names)),
      ],
      kept: [
        ...leases.filter((lease) => !gone.has(lease)).map((lease) => shownLease(lease, names)),
        ...after.map((one) => shownOpening(one, names)),
      ],
      firewalls: deps.firewalls(),
    });
  };
}

type GroupNames = ReadonlyMap<number, string>;

interface Shown {
  readonly address: IpAddress;
  readonly group: string;
  readonly name: string;
}

/** An alias holds an address for as long as one of its groups has it open; without a firewall, a group stands for itself. */
export function closingsOf({
  left,
  kept,
  firewalls,
}: {
  readonly left: readonly Shown[];
  readonly kept: readonly Shown[];
  readonly firewalls: readonly { readonly name: string; readonly groups: readonly string[] }[];
}): readonly Closing[] {
  const keptIn = new Set(kept.map(({ address, group }) => `${group} ${address}`));
  const closings: Closing[] = [];
  for (const ofGroup of Map.groupBy(left, ({ address, group }) => `${group} ${address}`).values()) {
    const [first] = ofGroup;
    if (first === undefined) continue;
    const { address, group } = first;
    const own = firewalls.filter(({ groups }) => groups.includes(group));
    const closing = own.filter(({ groups }) => !groups.some((other) => keptIn.has(`${other} ${address}`)));
    if (own.length === 0 ? keptIn.has(`${group} ${address}`) : closing.length === 0) continue;
    const names = [...new Set(ofGroup.map(({ name }) => name))].sort();
    closings.push({ address, group, names, firewalls: closing.map(({ name }) => name) });
  }
  return closings.sort((a, b) => (`${a.group} ${a.address}` < `${b.group} ${b.address}` ? -1 : 1));
}

function keyOf({ address, groupId, cause }: Opening): string {
  return `${groupId} ${cause} ${address}`;
}

function shownLease({ address, groupId, name }: Lease, names: GroupNames): Shown {
  return { address, group: names.get(groupId) ?? String(groupId), name: formatDomainName(name) };
}

function shownOpening({ address, groupId, note, feed }: Opening, names: GroupNames): Shown {
  return { address, group: names.get(groupId) ?? String(groupId), name: feed ?? note };
}

/** Thrown so that the transaction is rolled back. */
class TakenBack extends Error {}

/** What `work` gives, of a database that is then as it was before. */
export function takingBack<T>(db: MainDb, work: () => T): T {
  const seen: T[] = [];
  try {
    db.transaction(() => {
      seen.push(work());
      throw new TakenBack('a rehearsal');
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  const [value] = seen;
  if (value === undefined) throw new Error('a rehearsal that saw nothing');
  return value;
}
