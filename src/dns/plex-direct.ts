/** *.plex.direct, a wildcard whose first label is the answer: 192-168-1-20.<hash>.plex.direct is 192.168.1.20. */
import { isPrivateAddress } from '../base/address-class.ts';
import { type DomainName, firstLabel, isBelow, parentOf } from '../base/domain-name.ts';
import { familyOf, type IpAddress, type Prefix, parseIpAddress, prefixContains } from '../base/ip-address.ts';
import { PLEX_DIRECT } from './special-names.ts';

/** Of hashes, only these names are answered: asked of the world, any program on the host could have any address. */
export interface PlexDirect {
  readonly hashes: readonly string[];
  readonly ownAddresses: readonly Prefix[];
  /** Servers of other people; their addresses are opened by hand, never by an answer. */
  readonly shared: readonly { readonly hash: string; readonly addresses: readonly IpAddress[] }[];
}

/**
 *   plex-direct-foreign   the hash of a server that is neither the owner's nor shared with them
 *   plex-direct-risky     a known hash, and a public address that is not listed: whoever asks has chosen it
 *   plex-direct-unlisted  a known hash, and an address of a home network that is not listed, or no address at all
 */
export const PLEX_DIRECT_REFUSALS = [
  'plex-direct-foreign',
  'plex-direct-risky',
  'plex-direct-unlisted',
] as const;
export type PlexDirectRefusal = (typeof PLEX_DIRECT_REFUSALS)[number];

/**
 *   known     that address, of a server of the owner's or one shared with them
 *   above     known servers are below it, so it exists and has nothing itself (RFC 8020)
 *   undefined not below plex.direct; for plex.direct itself too, unless known servers are below it
 */
export type PlexDirectName =
  | { readonly kind: 'known'; readonly address: IpAddress }
  | { readonly kind: 'above' }
  | { readonly kind: 'refused'; readonly reason: PlexDirectRefusal };

export function readPlexDirect(name: DomainName, settings: PlexDirect): PlexDirectName | undefined {
  const { hashes, shared } = settings;
  if (name === PLEX_DIRECT) return hashes.length + shared.length > 0 ? { kind: 'above' } : undefined;
  if (!isBelow(name, PLEX_DIRECT)) return undefined;
  const server = serverOf(name);
  const hash = firstLabel(server);
  const isKnown = hashes.includes(hash) || shared.some((one) => one.hash === hash);
  if (!isKnown) return { kind: 'refused', reason: 'plex-direct-foreign' };
  if (name === server) return { kind: 'above' };
  const address = parentOf(name) === server ? addressInLabel(firstLabel(name)) : undefined;
  if (address === undefined) return { kind: 'refused', reason: 'plex-direct-unlisted' };
  if (isListed(address, hash, settings)) return { kind: 'known', address };
  return {
    kind: 'refused',
    reason: isPrivateAddress(address) ? 'plex-direct-unlisted' : 'plex-direct-risky',
  };
}

/** What the refusal says to whoever looks at the answer. */
export function explainPlexDirect(reason: PlexDirectRefusal): string {
  return EXPLAINED[reason];
}

const EXPLAINED: Readonly<Record<PlexDirectRefusal, string>> = {
  'plex-direct-foreign':
    'the name of a foreign Plex server: neither yours nor shared with you, as plexDirect says',
  'plex-direct-risky':
    'risky: a public address that plexDirect does not list; whoever asks this name chooses the address',
  'plex-direct-unlisted': 'not a server or address named in plexDirect',
};

/** The name of one label below plex.direct: the label is the server's hash. */
function serverOf(name: DomainName): DomainName {
  let at = name;
  for (let up = parentOf(at); up !== undefined && up !== PLEX_DIRECT; up = parentOf(at)) at = up;
  return at;
}

function isListed(address: IpAddress, hash: string, { hashes, ownAddresses, shared }: PlexDirect): boolean {
  if (hashes.includes(hash) && ownAddresses.some((prefix) => prefixContains(prefix, address))) return true;
  return shared.some((one) => one.hash === hash && one.addresses.includes(address));
}

/** Dots and colons are written as dashes; each address has one label of its own family only. */
function addressInLabel(label: string): IpAddress | undefined {
  const isIpv4 = /^\d+-\d+-\d+-\d+$/.test(label);
  try {
    const address = parseIpAddress(isIpv4 ? label.replaceAll('-', '.') : label.replaceAll('-', ':'));
    return (familyOf(address) === 4) === isIpv4 ? address : undefined;
  } catch {
    return undefined; // Not an address: nothing else is meant by such a label.
  }
}
