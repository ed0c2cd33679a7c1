import { KnownError } from '../base/errors.ts';
import { formatPrefix, type Prefix, prefixContains } from '../base/ip-address.ts';
import { appendAudit } from '../store/audit.ts';
import { addClient as add, type Group, getGroup, removeClient as remove } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { forgetUnknownClient, listUnknownClients } from '../store/unknown-clients.ts';
import type { Actor } from './actor.ts';
import { type GroupChange, parseClient } from './create-group.ts';
import type { ActionDeps } from './deps.ts';
import { takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';
import { assertOurs } from './managed-by-file.ts';

export interface ClientInput {
  readonly group: string;
  /** Address or prefix. */
  readonly client: string;
}

/** Puts a host or a network into a group; new hosts inside it are no longer listed as new. */
export function addClient(deps: ActionDeps) {
  return (input: ClientInput, actor: Actor): Promise<GroupChange> =>
    change(deps, input, actor, 'group.client-add', (group, client) => {
      add(deps.db, group.id, client);
      forgetInside(deps.db, client);
    });
}

/** Takes it out; from the next query on it is an unknown client and refused. */
export function removeClient(deps: ActionDeps) {
  return (input: ClientInput, actor: Actor): Promise<GroupChange> =>
    change(deps, input, actor, 'group.client-remove', (group, client) => {
      if (remove(deps.db, group.id, client)) return;
      throw new KnownError('not-found', `${formatPrefix(client)} is not in group ${group.name}`);
    });
}

async function change(
  deps: ActionDeps,
  input: ClientInput,
  actor: Actor,
  action: string,
  write: (group: Group, client: Prefix) => void,
): Promise<GroupChange> {
  const { db, clock } = deps;
  const group = findGroup(db, input.group);
  const client = parseClient(input.client);
  assertOurs(deps, group, `group ${group.name}`);

  const entry = db.transaction(() => {
    write(group, client);
    return appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action,
      subject: group.name,
      after: { client: formatPrefix(client) },
      origin: actor.origin,
      reverts: actor.reverts,
    });
  });

  const effect = await takeEffect(deps, { group: group.name });
  return { group: getGroup(db, group.id), effect, entry };
}

function forgetInside(db: MainDb, client: Prefix): void {
  for (const { address } of listUnknownClients(db)) {
    if (prefixContains(client, address)) forgetUnknownClient(db, address);
  }
}
