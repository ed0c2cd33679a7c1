import { KnownError } from '../base/errors.ts';
import {
  formatPrefix,
  type IpAddress,
  isHostPrefix,
  parseIpAddress,
  parsePrefix,
  prefixContains,
  prefixMatcher,
} from '../base/ip-address.ts';
import { type Endpoint, formatEndpoint } from '../dns/endpoint.ts';
import type { Group } from '../store/groups.ts';
import type { ActionDeps } from './deps.ts';
import { findGroup } from './find-group.ts';
import type { PlexIdentity, PlexLook } from './ports.ts';

export interface FoundPlexServer {
  /** 192.168.20.5:32400. */
  readonly server: string;
  readonly hashes: readonly string[];
  readonly identity: PlexIdentity | undefined;
  /** What it is, as far as it can be said. */
  readonly sentence: string;
}

export interface PlexDirectFound {
  readonly items: readonly FoundPlexServer[];
  /** What plexDirect of the group would be with them; undefined: nothing was found that is not in it. */
  readonly proposal:
    | { readonly hashes: readonly string[]; readonly ownAddresses: readonly string[] }
    | undefined;
}

/**
 * Looks for the hash of the owner's Plex server in the certificate it shows, and changes nothing: a person compares and adds it. Only hosts
 * of the group are asked, and addresses at home that an admin has named; by address, so that no name leads us elsewhere.
 */
export function findPlexDirect({ db, plex }: Pick<ActionDeps, 'db' | 'plex'>) {
  let isLooking = false;
  return async (input: {
    readonly group: string;
    readonly server?: string | undefined;
  }): Promise<PlexDirectFound> => {
    const group = findGroup(db, input.group);
    const endpoints = input.server === undefined ? clientsOf(group) : [namedServer(input.server, group)];
    if (isLooking) throw new KnownError('request-under-way', 'somebody is looking for Plex servers already');
    isLooking = true;
    try {
      const items = await Promise.all(
        endpoints.map(async (endpoint) => describeLook(endpoint, await plex.look(endpoint))),
      );
      return { items: items.map(({ address: _, ...item }) => item), proposal: proposalOf(items, group) };
    } finally {
      isLooking = false;
    }
  };
}

function clientsOf({ name, clients }: Group): readonly Endpoint[] {
  const hosts = clients.filter(isHostPrefix).slice(0, MOST_ASKED);
  if (hosts.length > 0) return hosts.map(({ address }) => ({ address, port: PLEX_PORT }));
  const networks = clients.map(formatPrefix).join(', ');
  throw new KnownError(
    'invalid-input',
    `no single host is in group ${name}${networks === '' ? '' : `, only ${networks}`}`,
    {
      hint: `Name the server: sallyport plex-direct --group ${name} find 192.168.20.5`,
    },
  );
}

function namedServer(text: string, group: Group): Endpoint {
  const endpoint = parseServer(text.trim());
  const { address } = endpoint;
  if (isAtHome(address) || group.clients.some((prefix) => prefixContains(prefix, address))) return endpoint;
  throw new KnownError(
    'invalid-input',
    `${address} is no address at home, and no host of group ${group.name}`,
    {
      hint: 'We ask nobody else’s server. If it is yours, add its hash by hand: it stands in its certificate, before .plex.direct.',
    },
  );
}

function parseServer(text: string): Endpoint {
  const match = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:]*)(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[2] === undefined ? PLEX_PORT : Number(match[2]);
  try {
    // An IPv6 address without brackets has no port.
    const address = parseIpAddress(match?.[1] ?? text);
    if (port >= 1 && port <= 65_535) return { address, port };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new KnownError('invalid-input', `not the address of a server: ${JSON.stringify(text)}`, {
    hint: 'Write 192.168.20.5, 192.168.20.5:32400 or [fd00::5]:32400; a name is not looked up.',
  });
}

interface Look extends FoundPlexServer {
  readonly address: IpAddress;
}

function describeLook(endpoint: Endpoint, look: PlexLook): Look {
  const server = formatEndpoint(endpoint);
  const { hashes, identity } = look;
  return { address: endpoint.address, server, hashes, identity, sentence: `${server} ${sentenceOf(look)}` };
}

function sentenceOf({ hashes, names, identity, problem }: PlexLook): string {
  if (hashes.length > 0)
    return `shows a certificate for ${hashes.map((hash) => `*.${hash}.plex.direct`).join(' and ')}; nobody vouches for it, so compare.`;
  const shown =
    names.length === 0
      ? 'shows no certificate'
      : `shows a certificate for ${names.slice(0, 3).join(', ')} only`;
  if (identity === undefined) return `does not answer as a Plex server: ${problem ?? shown}.`;
  const version = identity.version === '' ? '' : ` ${identity.version}`;
  const next =
    identity.claimed === false
      ? 'Nobody has claimed it: it gets its certificate from plex.tv once it is signed in.'
      : 'See whether secure connections are switched off in its network settings, and whether it has fetched its certificate.';
  return `is a Plex server${version} that ${shown}, and /identity tells its id (${identity.machineIdentifier}), which is not the hash. ${next}`;
}

function proposalOf(looks: readonly Look[], { plexDirect }: Group): PlexDirectFound['proposal'] {
  const found = looks.filter(({ hashes }) => hashes.length > 0);
  const foreign = new Set(plexDirect.shared.map(({ hash }) => hash));
  const hashes = found.flatMap((one) => one.hashes).filter((hash) => !foreign.has(hash));
  const isOwn = prefixMatcher(plexDirect.ownAddresses);
  const addresses = found.map(({ address }) => address).filter((address) => !isOwn(address));
  const proposal = {
    hashes: [...new Set([...plexDirect.hashes, ...hashes])],
    ownAddresses: [...new Set([...plexDirect.ownAddresses.map(formatPrefix), ...addresses])],
  };
  const isNews =
    proposal.hashes.length > plexDirect.hashes.length ||
    proposal.ownAddresses.length > plexDirect.ownAddresses.length;
  return isNews ? proposal : undefined;
}

/** Where a Plex server listens unless it was told otherwise. */
const PLEX_PORT = 32_400;
/** Hosts of one group that are asked at a time; a group of more has them by network. */
const MOST_ASKED = 10;

/** Of a home, a tunnel between homes, or this machine; not of links, where clouds keep their secrets. */
const isAtHome = prefixMatcher(
  [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '::1/128',
    'fc00::/7',
  ].map(parsePrefix),
);
