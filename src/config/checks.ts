/** What no section can see alone. Each check looks at the sections that are right in themselves. */
import { networkInterfaces } from 'node:os';
import { formatPrefix } from '../base/ip-address.ts';
import { formatEndpoint, parseEndpoint } from '../dns/endpoint.ts';
import { expandEndpoints, type Interfaces } from '../dns/listener/endpoints.ts';
import { checkFirewallConfig } from '../firewall/config.ts';
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
    ...drivers(config),
    ...upstreamsThatAreUs(config, own),
  ];
}

function* groupNames({ groups = [], firewalls = [] }: Partial<Config>): Generator<Finding> {
  for (const [kind, list] of [
    ['groups', groups],
    ['firewalls', firewalls],
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

/** What we ask would come back to us, and nobody would ever answer. */
function* upstreamsThatAreUs(
  { dns, upstreams = [], forward = [] }: Partial<Config>,
  own: Interfaces,
): Generator<Finding> {
  const listening = new Set(
    (dns?.listen ?? []).flatMap((text) => expandEndpoints(text, own)).map(formatEndpoint),
  );
  const lists: readonly (readonly [Path, readonly string[]])[] = [
    [['upstreams'], upstreams],
    ...forward.map((one, index) => [['forward', index, 'upstreams'], one.upstreams] as const),
  ];
  for (const [path, texts] of lists) {
    for (const [at, text] of texts.entries()) {
      const plain = /^(?:udp|tcp):\/\/([^/#]+)/.exec(text)?.[1];
      if (plain === undefined || !listening.has(formatEndpoint(parseEndpoint(plain)))) continue;
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
