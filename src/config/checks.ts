/** What no section can see alone. Each check looks at the sections that are right in themselves. */
import { formatPrefix } from '../base/ip-address.ts';
import { checkFirewallConfig } from '../firewall/config.ts';
import type { Path } from './layers.ts';
import type { Config } from './schema/sections.ts';

export interface Finding {
  readonly path: Path;
  readonly wanted: string;
}

export function crossCheck(config: Partial<Config>): readonly Finding[] {
  return [
    ...groupNames(config),
    ...clientsInTwoGroups(config),
    ...firewallsOfGroups(config),
    ...drivers(config),
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

function* drivers({ firewalls = [] }: Partial<Config>): Generator<Finding> {
  for (const [index, firewall] of firewalls.entries()) {
    for (const { key, message } of checkFirewallConfig(firewall)) {
      yield { path: ['firewalls', index, ...key.split('.')], wanted: message };
    }
  }
}
