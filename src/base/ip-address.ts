/** Addresses and prefixes in their one canonical text: IPv4 dotted, IPv6 as RFC 5952, IPv4-mapped counted as IPv4. */
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

declare const brand: unique symbol;
export type IpAddress = string & { readonly [brand]: 'IpAddress' };

export type Family = 4 | 6;

export interface Prefix {
  readonly family: Family;
  /** Network address, host bits cleared. */
  readonly address: IpAddress;
  readonly length: number;
}

/** Throws RangeError that quotes the text. Zone indices (fe80::1%eth0) are refused: they mean nothing on another host. */
export function parseIpAddress(text: string): IpAddress {
  if (isIPv4(text)) return text as IpAddress;
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) {
    throw new RangeError(`not an IP address: ${JSON.stringify(text)}`);
  }
  return canonical(ipaddr.IPv6.parse(text));
}

/** The address in 4 or 16 octets; the caller has checked that they are there. */
export function addressFromOctets(octets: Uint8Array): IpAddress {
  if (octets.length === 4) return octets.join('.') as IpAddress;
  return canonical(ipaddr.fromByteArray([...octets]));
}

export function addressToOctets(address: IpAddress): Uint8Array {
  return Uint8Array.from(ipaddr.parse(address).toByteArray());
}

export function familyOf(address: IpAddress): Family {
  return address.includes(':') ? 6 : 4;
}

/** An address, or address/length; host bits are cleared. Throws RangeError that quotes the text. */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/');
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  const family = familyOf(address);
  const bits = family === 4 ? 32 : 128;
  const lengthText = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = Number(lengthText);
  if (!/^\d{1,3}$/.test(lengthText) || length > bits)
    throw new RangeError(`not a prefix: ${JSON.stringify(text)}`);
  const network =
    family === 4
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`);
  return { family, address: canonical(network), length };
}

/** Host prefixes print as the bare address. */
export function formatPrefix(prefix: Prefix): string {
  return prefix.length === (prefix.family === 4 ? 32 : 128)
    ? prefix.address
    : `${prefix.address}/${prefix.length}`;
}

export function prefixContains(prefix: Prefix, address: IpAddress): boolean {
  if (familyOf(address) !== prefix.family) return false;
  if (prefix.family === 4)
    return prefix.length === 0 || (bitsOf(address) ^ bitsOf(prefix.address)) >>> (32 - prefix.length) === 0;
  const parsed = ipaddr.parse(address);
  return parsed.match(ipaddr.parse(prefix.address) as never, prefix.length);
}

export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const byFamily = familyOf(a) - familyOf(b);
  return byFamily !== 0 ? byFamily : Buffer.compare(addressToOctets(a), addressToOctets(b));
}

/** The 32 bits of an IPv4 address. Every new address is compared with some twenty prefixes, so this reads it in place. */
function bitsOf(address: IpAddress): number {
  let bits = 0;
  let octet = 0;
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code === DOT) {
      bits = (bits << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return (bits << 8) | octet;
}

const DOT = 0x2e;
const ZERO = 0x30;

function canonical(address: ipaddr.IPv4 | ipaddr.IPv6): IpAddress {
  if (address.kind() === 'ipv6') {
    const v6 = address as ipaddr.IPv6;
    return (v6.isIPv4MappedAddress() ? v6.toIPv4Address().toString() : v6.toRFC5952String()) as IpAddress;
  }
  return address.toString() as IpAddress;
}
