/** Addresses and prefixes in their one canonical text: IPv4 dotted, IPv6 as RFC 5952, IPv4-mapped counted as IPv4. */
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { remembering } from './remembering.ts';

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
  const groups = withoutDots(text);
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(groups)) {
    throw new RangeError(`not an IP address: ${JSON.stringify(text)}`);
  }
  return addressFromOctets(Uint8Array.from(ipaddr.IPv6.parse(groups).toByteArray()));
}

/** ::192.0.2.1 as ::c000:201: ipaddr.js reads a dotted end behind :: as IPv4-mapped, which is another address. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const end = text.slice(start);
  if (!isIPv4(end)) return text;
  const [a = 0, b = 0, c = 0, d = 0] = end.split('.').map(Number);
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** The address in 4 or 16 octets; the caller has checked that they are there. */
export function addressFromOctets(octets: Uint8Array): IpAddress {
  if (octets.length === 4) return ipv4Text((uint16(octets, 0) << 16) | uint16(octets, 2));
  return addressFromGroups(
    String.fromCharCode(
      uint16(octets, 0),
      uint16(octets, 2),
      uint16(octets, 4),
      uint16(octets, 6),
      uint16(octets, 8),
      uint16(octets, 10),
      uint16(octets, 12),
      uint16(octets, 14),
    ),
  );
}

/** Texts kept: an answer's own, and those of the next thousand answers. */
const REMEMBERED_TEXTS = 5000;

/** Of its eight groups, one character each. */
const addressFromGroups = remembering((text: string): IpAddress => {
  const groups = Array.from({ length: 8 }, (_, i) => text.charCodeAt(i));
  const isIPv4Mapped = groups[5] === 0xffff && groups.slice(0, 5).every(isZero);
  if (!isIPv4Mapped) return ipv6Text(groups) as IpAddress;
  return ipv4Text(((groups[6] ?? 0) << 16) | (groups[7] ?? 0));
}, REMEMBERED_TEXTS);

function uint16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

/** An answer's addresses are read at each stage it passes, and looked up: a text that is there already is found sooner. */
const ipv4Text = remembering(
  (octets: number) =>
    `${octets >>> 24}.${(octets >>> 16) & 255}.${(octets >>> 8) & 255}.${octets & 255}` as IpAddress,
  REMEMBERED_TEXTS,
);

/** RFC 5952 section 4: the longest run of two zeros or more as ::, the first of those that are as long. */
function ipv6Text(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0, zeros = 0; i < groups.length; i++) {
    zeros = groups[i] === 0 ? zeros + 1 : 0;
    if (zeros <= length) continue;
    length = zeros;
    start = i + 1 - zeros;
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start < 0 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}

function isZero(group: number): boolean {
  return group === 0;
}

export function addressToOctets(address: IpAddress): Uint8Array {
  return familyOf(address) === 4 ? ipv4Octets(address) : ipv6Octets(address);
}

/** Of the canonical text: groups in hexadecimal, and :: at most once. */
function ipv6Octets(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(16);
  const put = (text: string, isAtEnd: boolean) => {
    const groups = text === '' ? [] : text.split(':');
    let at = isAtEnd ? 16 - 2 * groups.length : 0;
    for (const group of groups) {
      const value = Number.parseInt(group, 16);
      octets[at++] = value >> 8;
      octets[at++] = value & 0xff;
    }
  };
  const gap = address.indexOf('::');
  put(gap < 0 ? address : address.slice(0, gap), false);
  if (gap >= 0) put(address.slice(gap + 2), true);
  return octets;
}

/** Of the canonical text: digits and three dots. */
function ipv4Octets(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(4);
  let at = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) at++;
    else octets[at] = 10 * (octets[at] ?? 0) + code - ZERO;
  }
  return octets;
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
  return { family, address: addressFromOctets(Uint8Array.from(network.toByteArray())), length };
}

/** Host prefixes print as the bare address. */
export function formatPrefix(prefix: Prefix): string {
  return isHostPrefix(prefix) ? prefix.address : `${prefix.address}/${prefix.length}`;
}

/** True for a prefix that is one address. */
export function isHostPrefix({ family, length }: Pick<Prefix, 'family' | 'length'>): boolean {
  return length === (family === 4 ? 32 : 128);
}

export function prefixContains(prefix: Prefix, address: IpAddress): boolean {
  return prefixMatcher([prefix])(address);
}

/** Whether an address is in any of them: the prefixes are read once, and an answer may hold thousands of addresses. */
export function prefixMatcher(prefixes: readonly Prefix[]): (address: IpAddress) => boolean {
  const networks = prefixes.map(({ address, length }) => ({ octets: addressToOctets(address), length }));
  return (address) => {
    const octets = addressToOctets(address);
    return networks.some((network) => isInside(octets, network.octets, network.length));
  };
}

/** The first `length` bits are the same; octets of another family are not. */
function isInside(octets: Uint8Array, network: Uint8Array, length: number): boolean {
  if (octets.length !== network.length) return false;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (octets[i] !== network[i]) return false;
  const rest = 0xff00 >> (length & 7);
  return (((octets[whole] ?? 0) ^ (network[whole] ?? 0)) & rest & 0xff) === 0;
}

export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const byFamily = familyOf(a) - familyOf(b);
  return byFamily !== 0 ? byFamily : Buffer.compare(addressToOctets(a), addressToOctets(b));
}

const DOT = 0x2e;
const ZERO = 0x30;
