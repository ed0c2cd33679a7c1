import { z } from 'zod';
import { TransientDriverError } from '../../base/errors.ts';
import {
  familyOf,
  formatPrefix,
  type IpAddress,
  isHostPrefix,
  type Prefix,
  parseIpAddress,
  prefixMatcher,
} from '../../base/ip-address.ts';
import type { OpnsenseClient } from './client.ts';

/**
 * Cuts what these clients have open to the addresses; others on the same firewall keep theirs.
 *
 *   IPv4 and a client by its address   the filter of kill_states: both must match
 *   IPv6, or clients by a prefix       looked up, and deleted one by one: that filter loses ':' and '/', and kills nothing
 */
export async function killStates(
  client: OpnsenseClient,
  addresses: readonly IpAddress[],
  clients: readonly Prefix[],
  signal: AbortSignal,
): Promise<void> {
  for (const address of addresses) {
    const ofFamily = clients.filter(({ family }) => family === familyOf(address));
    const byFilter = ofFamily.filter((one) => one.family === 4 && isHostPrefix(one));
    for (const one of byFilter)
      await client.post(KILL, { filter: `${formatPrefix(one)} ${address}` }, signal);
    const rest = ofFamily.filter((one) => !byFilter.includes(one));
    if (rest.length > 0) await killOneByOne(client, address, rest, signal);
  }
}

/** Throws when the key may not kill states; a filter that is missing kills none. */
export async function tryKillStates(client: OpnsenseClient, signal: AbortSignal): Promise<void> {
  await client.post(KILL, {}, signal);
}

const KILL = 'diagnostics/firewall/kill_states';

async function killOneByOne(
  client: OpnsenseClient,
  address: IpAddress,
  clients: readonly Prefix[],
  signal: AbortSignal,
): Promise<void> {
  const isOurs = prefixMatcher(clients);
  const query = { current: 1, rowCount: -1, searchPhrase: address, ruleid: '', sort: {} };
  const { json } = await client.post('diagnostics/firewall/query_states', query, signal);
  const found = States.safeParse(json);
  if (!found.success) {
    throw new TransientDriverError('OPNsense lists states in a form we do not know', { cause: found.error });
  }
  for (const { id, src_addr, dst_addr, nat_addr } of found.data.rows) {
    const ends = [src_addr, dst_addr, nat_addr].flatMap((text) => addressIn(text));
    // The phrase is looked for anywhere in a row: 2001:db8::5 is found in 2001:db8::50 as well.
    if (!ends.includes(address) || !ends.some(isOurs)) continue;
    await client.post(`diagnostics/firewall/del_state/${id}`, {}, signal);
  }
}

function addressIn(text: string | null | undefined): readonly IpAddress[] {
  try {
    return text == null ? [] : [parseIpAddress(text)];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** It becomes a part of a path. */
const StateId = z.string().regex(/^[0-9a-f]{1,32}\/[0-9a-f]{1,32}$/i);
const States = z.object({
  rows: z.array(
    z.object({
      id: StateId,
      src_addr: z.string().nullish(),
      dst_addr: z.string().nullish(),
      nat_addr: z.string().nullish(),
    }),
  ),
});
