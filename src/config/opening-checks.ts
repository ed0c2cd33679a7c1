/** What a configuration opens without an answer that asks for it: by hand, for shared Plex servers, by lists of its own. */
import { neverOpened } from '../base/address-class.ts';
import { isHostPrefix } from '../base/ip-address.ts';
import { SENTINEL } from '../sync/table-loss.ts';
import type { Finding } from './checks.ts';
import type { Config } from './schema/sections.ts';

export function openingChecks(config: Partial<Config>): readonly Finding[] {
  return [...openedByHand(config), ...plexServers(config), ...listedInFeeds(config)];
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
    const { hashes = [], ownAddresses = [], shared = [] } = settings.plexDirect ?? {};
    for (const [at, { length }] of ownAddresses.entries()) {
      if (length === 0)
        yield {
          path: ['groups', index, 'plexDirect', 'ownAddresses', at],
          wanted: 'name your own addresses and networks: this is every address there is',
        };
    }
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
