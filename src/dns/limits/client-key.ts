import { addressToOctets, familyOf, type IpAddress } from '../../base/ip-address.ts';

/**
 * What counts as one client: an IPv4 address, or an IPv6 /64, because a host takes as many addresses of its /64 as it
 * likes (RFC 8981) and would otherwise be as many clients.
 */
export function clientKey(address: IpAddress): string {
  if (familyOf(address) === 4) return address;
  return Buffer.from(addressToOctets(address).subarray(0, PREFIX_OCTETS)).toString('hex');
}

const PREFIX_OCTETS = 8;
