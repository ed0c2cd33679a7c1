/**
 * pfSense, through the REST API v2 (pfSense-pkg-RESTAPI). Every change is a revision of its configuration and a reload
 * of the whole filter, so writes come out of a budget and are made only when the set differs.
 *
 *   read the table → changes → whole set into the alias → apply → poll until nothing is pending
 */
import type { IpAddress, Prefix } from '../../base/ip-address.ts';
import type { AliasChanges, Capabilities, Driver, Entry } from '../driver.ts';
import { addressOfRow, sameAddresses } from '../table-rows.ts';
import { storeAddresses } from './alias.ts';
import { createPfsenseClient, type PfsenseConnection } from './client.ts';
import { createAlias } from './create-alias.ts';
import { examine } from './examine.ts';
import { killStates } from './kill-states.ts';
import { lookAtPending, type Pending, waitsForOthers } from './pending.ts';
import { pendingSubsystems, type ReloadPatience, reloadFilter } from './reload.ts';
import { readTable } from './table.ts';

export interface PfsenseOptions extends PfsenseConnection {
  readonly alias: string;
  readonly reload?: ReloadPatience;
  /** What somebody else has saved and not applied yet: our apply would apply it too. */
  readonly pending?: 'wait' | 'apply';
  /** Cut what is open to an address that a person closes; IPv4 only. */
  readonly kills?: boolean;
}

export function createPfsenseDriver({
  alias,
  reload = USUAL_PATIENCE,
  pending = 'wait',
  kills = false,
  ...connection
}: PfsenseOptions): Driver {
  const client = createPfsenseClient(connection);
  let wider: readonly string[] = [];
  const readAddresses = async (signal: AbortSignal) => {
    const rows = await readTable(client, alias, signal);
    wider = rows.filter((row) => addressOfRow(row) === undefined);
    return rows.flatMap((row) => addressOfRow(row) ?? []);
  };

  let writes = 0;
  /** True when nothing of ours can be stored and not loaded; after a start an earlier run may have left something. */
  let isSettled = false;
  /** A write of ours left what pf holds as it was: the stored alias does not tell that its reload has not come. */
  let owesReload = false;
  const noteWrite = (changesTable: boolean) => {
    writes++;
    isSettled = false;
    owesReload = !changesTable;
  };
  const noteLoaded = () => {
    isSettled = true;
    owesReload = false;
  };
  const lookAt = async (loaded: ReadonlySet<IpAddress>, signal: AbortSignal): Promise<Pending> => {
    const found = await lookAtPending(client, { alias, owesReload, loaded }, signal);
    if (!found.ours) noteLoaded();
    return found;
  };
  const insist = async (loaded: ReadonlySet<IpAddress>, signal: AbortSignal) => {
    if (pending === 'apply') return;
    const { others } = await lookAt(loaded, signal);
    if (others.length > 0) throw waitsForOthers(others);
  };
  const hasLeftover = async (loaded: ReadonlySet<IpAddress>, signal: AbortSignal): Promise<boolean> => {
    if (isSettled) return false;
    const { ours, others } = await lookAt(loaded, signal);
    // Once it is stored as pf holds it, its reload can wait for somebody else's.
    return ours && !(owesReload && pending === 'wait' && others.length > 0);
  };

  return {
    capabilities: PFSENSE_CAPABILITIES,
    async read(signal) {
      return new Map((await readAddresses(signal)).map((address): [IpAddress, Entry] => [address, {}]));
    },
    wider: () => wider,
    async apply(changes, signal) {
      // From the live table: what is stored and not loaded was never part of the plan.
      const current = new Set(await readAddresses(signal));
      const desired = changedSet(current, changes);
      const changesTable = !sameAddresses(desired, current);
      if (changesTable) await insist(current, signal);
      // Taking back what was stored comes first: somebody's apply would load it.
      else if (!(await hasLeftover(current, signal))) return;
      await storeAddresses(
        client,
        { name: alias, addresses: desired, onWrite: () => noteWrite(changesTable) },
        signal,
      );
      await insist(current, signal);
      await reloadFilter(client, reload, signal);
      noteLoaded();
    },
    leftover: (current, signal) => hasLeftover(new Set(current.keys()), signal),
    writes: () => writes,
    ...(kills && {
      killStates: (addresses: readonly IpAddress[], clients: readonly Prefix[], signal: AbortSignal) =>
        killStates(client, addresses, clients, signal),
    }),
    async createAlias(signal) {
      // Our reload would apply what somebody else has saved; nothing of ours can be among it.
      const waiting = pending === 'apply' ? [] : await pendingSubsystems(client, signal);
      if (waiting.length > 0) throw waitsForOthers(waiting);
      await createAlias(client, { name: alias, onWrite: () => noteWrite(false) }, signal);
      await reloadFilter(client, reload, signal);
      noteLoaded();
    },
    examine: (signal) => examine(client, { name: alias, pending, kills }, signal),
    close: client.close,
  };
}

export const PFSENSE_CAPABILITIES: Capabilities = {
  confirms: 'table',
  enforces: true,
  expires: false,
  counters: false,
  writeBudget: { burst: 5, refillMs: 60_000 },
  typicalLatencyMs: 4000,
};

const USUAL_PATIENCE: ReloadPatience = { pollMs: 1000, limitMs: 60_000 };

function changedSet(current: ReadonlySet<IpAddress>, { add, remove }: AliasChanges): Set<IpAddress> {
  const removed = new Set(remove);
  return new Set(
    [...current, ...add.map(({ address }) => address)].filter((address) => !removed.has(address)),
  );
}
