import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { familyOf, type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import { type Endpoint, parseEndpoint } from '../endpoint.ts';

export type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;

/**
 * 0.0.0.0 and [::] become one endpoint for each address this machine has: a socket on a wildcard address answers from
 * whatever address the route prefers, and clients drop answers that do not come from where they asked (RFC 2181 section 4).
 * Link-local addresses are left out: a bare address of that kind does not say on which link.
 * Throws RangeError that quotes the text.
 */
export function expandEndpoints(
  text: string,
  interfaces: Interfaces = networkInterfaces(),
): readonly Endpoint[] {
  const endpoint = parseEndpoint(text);
  if (!WILDCARDS.has(endpoint.address)) return [endpoint];

  const family = familyOf(endpoint.address);
  const addresses = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ address }) => !LINK_LOCAL.test(address))
    .map(({ address }) => parseIpAddress(address))
    .filter((address) => familyOf(address) === family);
  return [...new Set(addresses)].map((address) => ({ address, port: endpoint.port }));
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
const LINK_LOCAL = /^fe[89ab]/i;
const WILDCARDS: ReadonlySet<IpAddress> = new Set(['0.0.0.0', '::'].map(parseIpAddress));
