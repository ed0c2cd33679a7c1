import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';

/**
 * The address a row of a pf table holds; undefined for a prefix, a negation or anything else that is not one address.
 * An IPv4-mapped row counts as such a thing: pf keeps it as IPv6, where it never matches an IPv4 packet.
 */
export function addressOfRow(row: string): IpAddress | undefined {
  try {
    const address = parseIpAddress(row);
    return row.includes(':') === address.includes(':') ? address : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function sameAddresses(a: ReadonlySet<IpAddress>, b: ReadonlySet<IpAddress>): boolean {
  return a.size === b.size && [...a].every((address) => b.has(address));
}
