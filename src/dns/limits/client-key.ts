import { addressToOctets, familyOf, type IpAddress } from '../../base/ip-address.ts';

/**
 * What counts as one client: an IPv4 address, or an IPv6 /64, because a host takes as many addresses of its /64 as it
 * likes (RFC 8981) and would otherwise be as many clients.
 */
export function clientKey(address: IpAddress): string {
  if (familyOf(address) === 4) return address;
  return Buffer.from(addressToOctets(address).subarray(0, PREFIX_OCTETS)).toString('hex');
}

/** Whoever asks from this machine could do worse to it than to ask; often it is a proxy that asks for a whole house. */
export function isLoopback(address: IpAddress): boolean {
  return address === '::1' || address.startsWith('127.');
}

const PREFIX_OCTETS = 8;
