import { z } from 'zod';
import { TransientDriverError } from '../../base/errors.ts';
import {
  familyOf,
  type IpAddress,
  type Prefix,
  parseIpAddress,
  prefixMatcher,
} from '../../base/ip-address.ts';
import { type PfsenseClient, unexpectedAnswer } from './client.ts';

/**
 * Cuts what these clients have open to the IPv4 addresses; others keep theirs. The package cuts an IPv6 address at its first
 * colon and kills nothing, so IPv6 is left to end by itself.
 */
export async function killStates(
  client: PfsenseClient,
  addresses: readonly IpAddress[],
  clients: readonly Prefix[],
  signal: AbortSignal,
): Promise<void> {
  const isOurs = prefixMatcher(clients);
  for (const address of addresses.filter((one) => familyOf(one) === 4)) {
    const sources = await sourcesOf(client, address, signal);
    for (const source of sources.filter(isOurs)) {
      // Both names are spelled as the package knows them: one it does not know would match every state of the firewall.
      const query = { source__startswith: `${source}:`, destination__startswith: `${address}:`, limit: '0' };
      const answer = await client.call(
        { method: 'DELETE', endpoint: 'firewall/states', query, timeoutMs: TIMEOUT_MS },
        signal,
      );
      if (!answer.ok) throw unexpectedAnswer('kill states', answer);
    }
  }
}

/** Who has a state to the address. */
export async function sourcesOf(
  client: PfsenseClient,
  address: IpAddress,
  signal: AbortSignal,
): Promise<readonly IpAddress[]> {
  const answer = await client.call(
    {
      method: 'GET',
      endpoint: 'firewall/states',
      query: { destination__startswith: `${address}:`, limit: '0' },
      timeoutMs: TIMEOUT_MS,
    },
    signal,
  );
  if (!answer.ok) throw unexpectedAnswer('list states', answer);
  const states = z.array(State).safeParse(answer.data);
  if (!states.success) {
    throw new TransientDriverError('pfSense lists states in a form we do not know', { cause: states.error });
  }
  const sources = states.data
    .filter(({ destination }) => destination?.startsWith(`${address}:`))
    .flatMap(({ source }) => IPV4_AND_PORT.exec(source ?? '')?.[1] ?? []);
  return [...new Set(sources)].map(parseIpAddress);
}

/** It goes through all states of the firewall, fifty thousand at most. */
const TIMEOUT_MS = 30_000;

const IPV4_AND_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/;
const State = z.object({ source: z.string().nullish(), destination: z.string().nullish() });
