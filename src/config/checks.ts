/** What no section can see alone. Each check looks at the sections that are right in themselves. */
import { networkInterfaces } from 'node:os';
import { neverOpened } from '../base/address-class.ts';
import { formatPrefix, isHostPrefix } from '../base/ip-address.ts';
import { formatEndpoint } from '../dns/endpoint.ts';
import { expandEndpoints, type Interfaces } from '../dns/listener/endpoints.ts';
import { bootstrapName, parseUpstream, type UpstreamSpec, urlOf } from '../dns/upstream/address.ts';
import { boxOf, checkFirewallConfig, DEFAULT_NFTABLES_TABLE, FETCHING_KINDS } from '../firewall/config.ts';
import { SENTINEL } from '../sync/table-loss.ts';
import type { Path } from './layers.ts';
import type { Config } from './schema/sections.ts';

export interface Finding {
  readonly path: Path;
  readonly wanted: string;
}

export function crossCheck(
  config: Partial<Config>,
  own: Interfaces = networkInterfaces(),
): readonly Finding[] {
  return [
    ...groupNames(config),
    ...clientsInTwoGroups(config),
    ...firewallsOfGroups(config),
    ...groupsOfFeeds(config),
    ...everythingNever(config),
    ...openedByHand(config),
    ...plexServers(config),
    ...listedInFeeds(config),
    ...drivers(config),
    ...aliasesTwice(config),
    ...strictWithoutConfirmation(config),
    ...fetchedAndVerified(config),
    ...upstreamsThatAreUs(config, own),
    ...upstreamsByName(config),
    ...signingIn(config),
  ];
}

function* groupNames({ groups = [], firewalls = [], feeds = [] }: Partial<Config>): Generator<Finding> {
  for (const [kind, list] of [
    ['groups', groups],
    ['firewalls', firewalls],
    ['feeds', feeds],
  ] as const) {
    for (const [index, { name }] of list.entries()) {
      if (list.findIndex((other) => other.name === name) < index) {
        yield {
          path: [kind, index, 'name'],
          wanted: 'this name is taken by another one above; give each its own',
        };
      }
    }
  }
}

function* clientsInTwoGroups({ groups = [] }: Partial<Config>): Generator<Finding> {
  const holder = new Map<string, string>();
  for (const [index, group] of groups.entries()) {
    for (const [at, client] of group.clients.entries()) {
      const text = formatPrefix(client);
      const other = holder.get(text);
      if (other !== undefined && other !== group.name) {
        yield {
          path: ['groups', index, 'clients', at],
          wanted: `group ${other} has this client already; a client belongs to one group`,
        };
      }
      holder.set(text, group.name);
    }
  }
}

function* firewallsOfGroups({ groups, firewalls = [] }: Partial<Config>): Generator<Finding> {
  // Without groups in the configuration, those of the database are meant, and only the start knows them.
  if (groups === undefined) return;
  const names = groups.map((group) => group.name);
  for (const [index, firewall] of firewalls.entries()) {
    for (const [at, name] of (firewall.groups ?? []).entries()) {
      if (!names.includes(name)) {
        const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
        yield { path: ['firewalls', index, 'groups', at], wanted: `name a group of this file: ${known}` };
      }
    }
  }
}

function* groupsOfFeeds({ groups, feeds = [] }: Partial<Config>): Generator<Finding> {
  if (groups === undefined) return;
  const names = groups.map((group) => group.name);
  for (const [index, feed] of feeds.entries()) {
    for (const [at, name] of feed.groups.entries()) {
      if (names.includes(name)) continue;
      const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
      yield { path: ['feeds', index, 'groups', at], wanted: `name a group of this file: ${known}` };
    }
  }
}

/** Every answer would be refused its addresses, and nothing would say why. */
function* everythingNever({ neverList = [] }: Partial<Config>): Generator<Finding> {
  for (const [index, { length }] of neverList.entries())
    if (length === 0)
      yield {
        path: ['neverList', index],
        wanted: 'name the networks that may never be opened: this is every address, and none would ever be',
      };
}

/** What can never be opened is said at the start: nobody looks for it in an alias where it silently is not. */
function* openedByHand({ groups = [], neverList = [] }: Partial<Config>): Generator<Finding> {
  const isNeverOpened = neverOpened(neverList);
  for (const [index, group] of groups.entries()) {
    for (const [at, { prefix }] of group.pins.entries()) {
      const path = ['groups', index, 'addresses', at, 'cidr'];
      if (!isHostPrefix(prefix)) {
        yield {
          path,
          wanted:
            'write a single address: an alias holds addresses only; let a network through with a rule of its own on the firewall',
        };
      } else if (prefix.address === SENTINEL) {
        yield {
          path,
          wanted:
            'name another address: this one is the sentinel, which shows that a firewall lost its table (firewalls[].sentinel)',
        };
      } else if (isNeverOpened(prefix.address)) {
        yield {
          path,
          wanted:
            'name another address: private and special addresses, public resolvers and those of `neverList` are never opened',
        };
      }
    }
  }
}

/** A server is the owner's or somebody else's, and the addresses of others are opened. */
function* plexServers({ groups = [], neverList = [] }: Partial<Config>): Generator<Finding> {
  const isNeverOpened = neverOpened(neverList);
  for (const [index, { settings }] of groups.entries()) {
    const { hashes = [], shared = [] } = settings.plexDirect ?? {};
    const known = new Set<string>(hashes);
    for (const [at, { hash, addresses }] of shared.entries()) {
      const path = ['groups', index, 'plexDirect', 'shared', at];
      if (known.has(hash))
        yield { path: [...path, 'hash'], wanted: 'name each server once, in `hashes` or in `shared`' };
      known.add(hash);
      for (const [place, address] of addresses.entries()) {
        if (address !== SENTINEL && !isNeverOpened(address)) continue;
        yield {
          path: [...path, 'addresses', place],
          wanted:
            'name the public address of the server: private and special addresses, public resolvers and those of `neverList` are never opened',
        };
      }
    }
  }
}

function* listedInFeeds({ feeds = [], neverList = [] }: Partial<Config>): Generator<Finding> {
  const isNeverOpened = neverOpened(neverList);
  for (const [index, { addresses, knownIn }] of feeds.entries()) {
    // What a preset brings was written by nobody here.
    for (const [at, address] of knownIn === undefined ? addresses.entries() : []) {
      if (address !== SENTINEL && !isNeverOpened(address)) continue;
      yield {
        path: ['feeds', index, 'addresses', at],
        wanted:
          'name another address: private and special addresses, public resolvers and those of `neverList` are never opened',
      };
    }
  }
}

/** What we ask would come back to us, and nobody would ever answer. */
function* upstreamsThatAreUs(
  { dns, upstreams = [], forward = [] }: Partial<Config>,
  own: Interfaces,
): Generator<Finding> {
  const listening = new Set(
    (dns?.listen ?? []).flatMap((text) => expandEndpoints(text, own)).map(formatEndpoint),
  );
  const lists: readonly (readonly [Path, readonly UpstreamSpec[]])[] = [
    [['upstreams'], upstreams],
    ...forward.map((one, index) => [['forward', index, 'upstreams'], one.upstreams] as const),
  ];
  for (const [path, specs] of lists) {
    for (const [at, spec] of specs.entries()) {
      const upstream = parseUpstream(urlOf(spec));
      const isPlain = upstream.protocol === 'udp' || upstream.protocol === 'tcp';
      if (!isPlain || !listening.has(formatEndpoint(upstream))) continue;
      yield {
        path: [...path, at],
        wanted:
          'name another resolver: this is where Sallyport itself listens (dns.listen), so questions would come back to it',
      };
    }
  }
}

function* drivers({ firewalls = [] }: Partial<Config>): Generator<Finding> {
  for (const [index, firewall] of firewalls.entries()) {
    for (const { key, message } of checkFirewallConfig(firewall)) {
      yield { path: ['firewalls', index, ...key.split('.')], wanted: message };
    }
  }
}

/** Two entries for one alias would each remove what the other adds. */
function* aliasesTwice({ firewalls = [] }: Partial<Config>): Generator<Finding> {
  const holder = new Map<string, string>();
  for (const [index, firewall] of firewalls.entries()) {
    const key = [boxOf(firewall), firewall.table ?? DEFAULT_NFTABLES_TABLE, firewall.alias].join(' ');
    const other = holder.get(key);
    if (other !== undefined) {
      yield {
        path: ['firewalls', index, 'alias'],
        wanted: `firewall ${other} has this alias on the same box; write one entry, and name all its groups there`,
      };
    }
    holder.set(key, other ?? firewall.name);
  }
}

/** Whoever would rather have no answer than an unconfirmed one would get none. */
function* strictWithoutConfirmation({ groups = [], firewalls = [] }: Partial<Config>): Generator<Finding> {
  for (const [index, { name, settings }] of groups.entries()) {
    if (settings.onHoldLimit !== 'servfail') continue;
    const waitsFor = firewalls.find(
      (firewall) =>
        FETCHING_KINDS.has(firewall.driver) &&
        firewall.required &&
        (firewall.groups === undefined || firewall.groups.includes(name)),
    );
    if (waitsFor === undefined) continue;
    yield {
      path: ['groups', index, 'gate', 'onHoldLimit'],
      wanted: `write answer, or \`required: false\` for firewall ${waitsFor.name}: it fetches its list when it pleases, so each new name would fail until then`,
    };
  }
}

/** Whoever writes the list is Sallyport itself. */
function* fetchedAndVerified({ firewalls = [] }: Partial<Config>): Generator<Finding> {
  for (const [index, { driver, mode }] of firewalls.entries()) {
    if (mode === 'verify' && FETCHING_KINDS.has(driver))
      yield {
        path: ['firewalls', index, 'mode'],
        wanted: `leave it out: ${driver} serves a list, there is none to compare`,
      };
  }
}

/** The address of an upstream is never asked of itself, nor of the others: they may be no better off. */
function* upstreamsByName({ upstreams = [], forward = [], bootstrap }: Partial<Config>): Generator<Finding> {
  if (bootstrap === undefined || bootstrap.length > 0) return;
  const places = [
    { path: ['upstreams'], specs: upstreams },
    ...forward.map((each, index) => ({ path: ['forward', index, 'upstreams'], specs: each.upstreams })),
  ];
  for (const { path, specs } of places) {
    for (const [index, spec] of specs.entries()) {
      const name = bootstrapName(parseUpstream(urlOf(spec)));
      if (name === undefined) continue;
      yield {
        path: [...path, index],
        wanted: `add \`bootstrap: [9.9.9.9]\`, a plain resolver that is asked only where ${name} is, or write its address with the name behind #, as in tls://9.9.9.9#dns.quad9.net`,
      };
    }
  }
}

/** Somebody has to get in, and the provider has to know where to send people back to. */
function* signingIn({ web, oidc }: Partial<Config>): Generator<Finding> {
  if (web === undefined) return;
  if (oidc !== undefined && web.publicUrl === undefined) {
    yield {
      path: ['web', 'publicUrl'],
      wanted:
        'set SALLYPORT_PUBLIC_URL, as in https://sallyport.example.org: the provider sends people back there',
    };
  }
  if (!web.passwordLogin && (oidc === undefined || oidc.admin.length === 0)) {
    yield {
      path: ['web', 'passwordLogin'],
      wanted: 'leave it true, or configure oidc with its admin groups: else no admin could sign in',
    };
  }
}
