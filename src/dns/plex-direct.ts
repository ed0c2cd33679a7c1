/** *.plex.direct, a wildcard whose first label is the answer: 192-168-1-20.<hash>.plex.direct is 192.168.1.20. */
import { type DomainName, firstLabel, isBelow, parentOf, parseDomainName } from '../base/domain-name.ts';
import { familyOf, type IpAddress, type Prefix, parseIpAddress, prefixContains } from '../base/ip-address.ts';

export interface PlexDirect {
  readonly hashes: readonly string[];
  readonly ownAddresses: readonly Prefix[];
}

/**
 *   own       that address: only for the owner's own servers. Asked of the world, any program on the host could have
 *             any address opened.
 *   above     own servers are below it, so it exists and has nothing itself (RFC 8020)
 *   foreign   somebody else's, or nobody's
 *   undefined not below plex.direct; for plex.direct itself too, unless own servers are below it
 */
export type PlexDirectName =
  | { readonly kind: 'own'; readonly address: IpAddress }
  | { readonly kind: 'above' }
  | { readonly kind: 'foreign' };

export function readPlexDirect(name: DomainName, own: PlexDirect): PlexDirectName | undefined {
  if (name === PLEX_DIRECT) return own.hashes.length > 0 ? { kind: 'above' } : undefined;
  if (!isBelow(name, PLEX_DIRECT)) return undefined;
  const parent = parentOf(name);
  if (parent === PLEX_DIRECT) return { kind: own.hashes.includes(firstLabel(name)) ? 'above' : 'foreign' };
  const isOwnHash =
    parent !== undefined && parentOf(parent) === PLEX_DIRECT && own.hashes.includes(firstLabel(parent));
  const address = isOwnHash ? addressInLabel(firstLabel(name)) : undefined;
  const isOwn =
    address !== undefined && own.ownAddresses.some((prefix: Prefix) => prefixContains(prefix, address));
  return isOwn ? { kind: 'own', address } : { kind: 'foreign' };
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

const PLEX_DIRECT = parseDomainName('plex.direct');
