/**
 * MikroTik, through the REST API of RouterOS 7: entries of an address list, each with a time-out of its own. The router
 * closes an address by itself when we are gone, keeps nothing of it over a reboot and writes nothing to its flash.
 */
import type { IpAddress } from '../../base/ip-address.ts';
import type { Addition, Driver, Entries, Entry } from '../driver.ts';
import { inParallel } from '../in-parallel.ts';
import { type ListRow, menuOf, readList } from './address-list.ts';
import {
  CONNECTIONS,
  createMikrotikClient,
  type MikrotikClient,
  type MikrotikConnection,
  unexpectedAnswer,
} from './client.ts';
import { formatDuration } from './duration.ts';
import { examine } from './examine.ts';

export function createMikrotikDriver({
  alias,
  ...connection
}: MikrotikConnection & { readonly alias: string }): Driver {
  const client = createMikrotikClient(connection);
  let wider: readonly string[] = [];
  return {
    capabilities: {
      confirms: 'table',
      enforces: true,
      expires: true,
      counters: false,
      typicalLatencyMs: 300,
    },
    async read(signal) {
      const rows = await readList(client, alias, signal);
      wider = rows.flatMap(({ address, text, disabled }) =>
        address === undefined && !disabled ? [text] : [],
      );
      return toEntries(rows);
    },
    wider: () => wider,
    async apply({ add, renew, remove }, signal) {
      if (add.length + renew.length + remove.length === 0) return;
      const rows = Map.groupBy(await readList(client, alias, signal), ({ address }) => address);
      await inParallel([...add, ...renew], CONNECTIONS, signal, (addition, stop) =>
        keepOpen(client, { alias, addition, rows: rows.get(addition.address) ?? [] }, stop),
      );
      const gone = remove.flatMap((address) => (rows.get(address) ?? []).map(({ id }) => ({ address, id })));
      await inParallel(gone, CONNECTIONS, signal, (entry, stop) => removeOne(client, entry, stop));
    },
    examine: (signal) => examine(client, alias, signal),
    close: client.close,
  };
}

/** What somebody disabled matches no packet, so it is not held. Where an address is there twice, the longer one counts. */
function toEntries(rows: readonly ListRow[]): Entries {
  const entries = new Map<IpAddress, Entry>();
  for (const { address, expiresInMs, disabled } of rows) {
    if (address === undefined || disabled) continue;
    const before = entries.get(address);
    const isLonger =
      before?.expiresInMs === undefined || (expiresInMs ?? Number.POSITIVE_INFINITY) > before.expiresInMs;
    if (before === undefined || (before.expiresInMs !== undefined && isLonger))
      entries.set(address, expiresInMs === undefined ? {} : { expiresInMs });
  }
  return entries;
}

/**
 *   an entry that stays for good            → nothing
 *   entries that end                        → the first gets the new time-out; one that ended meanwhile is made again
 *   none                                    → made, unless somebody was faster
 *   only one that somebody has disabled     → left to them; the read-back shows that the address is not open
 */
async function keepOpen(
  client: MikrotikClient,
  {
    alias,
    addition,
    rows,
  }: { readonly alias: string; readonly addition: Addition; readonly rows: readonly ListRow[] },
  signal: AbortSignal,
): Promise<void> {
  const enabled = rows.filter(({ disabled }) => !disabled);
  if (enabled.some(({ expiresInMs }) => expiresInMs === undefined)) return;
  const { address, forMs } = addition;
  const path = menuOf(address);
  const timeout = formatDuration(forMs);
  const [first] = enabled;
  if (first !== undefined) {
    const renewed = await client.call(
      { method: 'PATCH', path: `${path}/${first.id}`, body: { timeout } },
      signal,
    );
    if (renewed.ok) return;
    if (renewed.status !== 404) throw unexpectedAnswer(`renew ${address} in ${alias}`, renewed);
  }
  const body = { list: alias, address, timeout, comment: COMMENT };
  const added = await client.call({ method: 'PUT', path, body }, signal);
  if (!added.ok && !added.detail.includes(ALREADY_THERE))
    throw unexpectedAnswer(`open ${address} in ${alias}`, added);
}

/** An entry that ended by itself meanwhile is gone as well. */
async function removeOne(
  client: MikrotikClient,
  { address, id }: { readonly address: IpAddress; readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  const answer = await client.call({ method: 'DELETE', path: `${menuOf(address)}/${id}` }, signal);
  if (!answer.ok && answer.status !== 404) throw unexpectedAnswer(`close ${address}`, answer);
}

const COMMENT = 'opened by Sallyport';

const ALREADY_THERE = 'already have such entry';
