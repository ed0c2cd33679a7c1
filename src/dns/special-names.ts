/** Names that are never put to an upstream: special-use domains, reverse zones of private addresses, canaries. */
import { type DomainName, parentOf, parseDomainName } from '../base/domain-name.ts';

/** The special-use domain a name is in, and why it is one; undefined for all others. */
export function specialUseOf(name: DomainName): SpecialUse | undefined {
  for (let up: DomainName | undefined = name; up !== undefined; up = parentOf(up)) {
    const why = SPECIAL_USE.get(up);
    if (why !== undefined) return { domain: up, why };
  }
  return undefined;
}

export interface SpecialUse {
  readonly domain: DomainName;
  readonly why: string;
}

const NIBBLES_OF_ZERO = '0.'.repeat(31);

const SPECIAL_USE: ReadonlyMap<DomainName, string> = new Map(
  [
    ['invalid', 'RFC 6761 section 6.4'],
    ['test', 'RFC 6761 section 6.2'],
    ['local', 'multicast DNS, RFC 6762 section 22.1'],
    ['onion', 'RFC 7686 section 2'],
    ['alt', 'RFC 9476'],
    ['home.arpa', 'RFC 8375'],
    ['internal', 'for private use, ICANN'],
    // "No such name" keeps browsers and phones from going around this resolver.
    ['use-application-dns.net', 'canary of DNS over HTTPS in browsers'],
    ['mask.icloud.com', 'canary of iCloud Private Relay'],
    ['mask-h2.icloud.com', 'canary of iCloud Private Relay'],
    // The world cannot know who has these addresses (RFC 6303 section 4).
    ...[
      '0.in-addr.arpa',
      '10.in-addr.arpa',
      ...Array.from({ length: 16 }, (_, i) => `${i + 16}.172.in-addr.arpa`),
      '168.192.in-addr.arpa',
      '127.in-addr.arpa',
      '254.169.in-addr.arpa',
      '2.0.192.in-addr.arpa',
      '100.51.198.in-addr.arpa',
      '113.0.203.in-addr.arpa',
      '255.255.255.255.in-addr.arpa',
      `0.${NIBBLES_OF_ZERO}ip6.arpa`,
      `1.${NIBBLES_OF_ZERO}ip6.arpa`,
      '8.b.d.0.1.0.0.2.ip6.arpa',
      // fc00::/7 and fe80::/10.
      'c.f.ip6.arpa',
      'd.f.ip6.arpa',
      '8.e.f.ip6.arpa',
      '9.e.f.ip6.arpa',
      'a.e.f.ip6.arpa',
      'b.e.f.ip6.arpa',
    ].map((zone) => [zone, 'reverse zone of addresses for local use, RFC 6303'] as const),
    ...Array.from(
      { length: 64 },
      (_, i) => [`${i + 64}.100.in-addr.arpa`, 'reverse zone of shared addresses, RFC 7793'] as const,
    ),
  ].map(([domain = '', why = '']) => [parseDomainName(domain), why]),
);
