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
import { othersPending, waitsForOthers } from './pending.ts';
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
  const readAddresses = async (signal: AbortSignal) =>
    (await readTable(client, alias, signal)).flatMap((row) => addressOfRow(row) ?? []);

  let writes = 0;
  /** An alias of ours is stored, and was not loaded yet as far as we know. */
  let isOurs = false;
  const noteWrite = () => {
    writes++;
    isOurs = true;
  };
  const insist = async (loaded: ReadonlySet<IpAddress>, signal: AbortSignal) => {
    if (pending === 'apply') return;
    const waiting = await othersPending(client, { alias, isOurs, loaded }, signal);
    if (waiting.length > 0) throw waitsForOthers(waiting);
  };

  return {
    capabilities: PFSENSE_CAPABILITIES,
    async read(signal) {
      return new Map((await readAddresses(signal)).map((address): [IpAddress, Entry] => [address, {}]));
    },
    async apply(changes, signal) {
      // From the live table: what is stored and not loaded was never part of the plan.
      const current = new Set(await readAddresses(signal));
      const desired = changedSet(current, changes);
      if (sameAddresses(desired, current)) return;
      await insist(current, signal);
      await storeAddresses(
        client,
        {
          name: alias,
          addresses: desired,
          onWrite: noteWrite,
        },
        signal,
      );
      await insist(current, signal);
      await reloadFilter(client, reload, signal);
      isOurs = false;
    },
    writes: () => writes,
    ...(kills && {
      killStates: (addresses: readonly IpAddress[], clients: readonly Prefix[], signal: AbortSignal) =>
        killStates(client, addresses, clients, signal),
    }),
    async createAlias(signal) {
      // Our reload would apply what somebody else has saved; nothing of ours can be among it.
      const waiting = pending === 'apply' ? [] : await pendingSubsystems(client, signal);
      if (waiting.length > 0) throw waitsForOthers(waiting);
      await createAlias(client, { name: alias, onWrite: noteWrite }, signal);
      await reloadFilter(client, reload, signal);
      isOurs = false;
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
