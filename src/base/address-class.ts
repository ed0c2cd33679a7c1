import ipaddr from 'ipaddr.js';
import {
  addressToOctets,
  familyOf,
  type IpAddress,
  type Prefix,
  parsePrefix,
  prefixMatcher,
} from './ip-address.ts';

/** Ranges (as ipaddr.js names them) that no public name should resolve to: DNS rebinding lives on these. */
const PRIVATE_RANGES = new Set([
  'unspecified',
  'loopback',
  'private',
  'linkLocal',
  'carrierGradeNat',
  'uniqueLocal',
  'deprecatedSiteLocal',
  'multicast',
  'broadcast',
]);

/** Documentation ranges (RFC 5737, RFC 3849, RFC 9637) are reserved, but harm nobody: tests and toy networks live in them. */
const isDocumentation = prefixMatcher(
  ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'].map(parsePrefix),
);

/** Resolvers that would answer anything: one open address of these, and the allowlist is decoration. */
const PUBLIC_RESOLVERS = [
  // Cloudflare, and its filtering variants.
  '1.0.0.0/30',
  '1.1.1.0/30',
  '2606:4700:4700::/48',
  // Google.
  '8.8.4.4',
  '8.8.8.8',
  '2001:4860:4860::8844',
  '2001:4860:4860::8888',
  // Quad9.
  '9.9.9.0/24',
  '149.112.112.0/24',
  '2620:fe::/48',
  // AdGuard.
  '94.140.14.0/23',
  // OpenDNS.
  '208.67.220.0/22',
  '2620:119:35::/48',
  '2620:119:53::/48',
].map(parsePrefix);

export function isPrivateAddress(address: IpAddress): boolean {
  return PRIVATE_RANGES.has(rangeOf(address));
}

/** Decides what may never be opened: special-purpose ranges, known public resolvers, and what the caller adds. */
export function neverOpened(more: readonly Prefix[]): (address: IpAddress) => boolean {
  const isListed = prefixMatcher([...PUBLIC_RESOLVERS, ...more]);
  return (address) => isSpecialPurpose(address) || isListed(address);
}

/** Everything in the IANA special-purpose registries (RFC 6890), documentation excepted. */
function isSpecialPurpose(address: IpAddress): boolean {
  return rangeOf(address) !== 'unicast' && !isDocumentation(address);
}

/** The range of an address; one that carries an IPv4 address through a translator or tunnel counts as that. */
function rangeOf(address: IpAddress): string {
  const octets = addressToOctets(address);
  const at = familyOf(address) === 4 ? 0 : EMBEDDED.find(({ isIn }) => isIn(address))?.at;
  const four = at === undefined ? octets : octets.subarray(at, at + 4);
  return ipaddr.fromByteArray([...four]).range();
}

/** Where the IPv4 address stands in the octets. */
const EMBEDDED = [
  // NAT64 (RFC 6052 section 2.2, RFC 8215).
  { isIn: prefixMatcher([parsePrefix('64:ff9b::/96')]), at: 12 },
  { isIn: prefixMatcher([parsePrefix('64:ff9b:1::/48')]), at: 12 },
  // 6to4 (RFC 3056 section 2).
  { isIn: prefixMatcher([parsePrefix('2002::/16')]), at: 2 },
  // IPv4-compatible, deprecated (RFC 4291 section 2.5.5.1).
  { isIn: prefixMatcher([parsePrefix('::/96')]), at: 12 },
  // IPv4-translated (RFC 2765 section 2.1).
  { isIn: prefixMatcher([parsePrefix('::ffff:0:0:0/96')]), at: 12 },
];
