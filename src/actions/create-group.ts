import { KnownError } from '../base/errors.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../base/ip-address.ts';
import { findPreset } from '../catalog/load.ts';
import { appendAudit } from '../store/audit.ts';
import { addGroup, type Group } from '../store/groups.ts';
import { forgetUnknownClient } from '../store/unknown-clients.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { followPresets } from './presets/take.ts';

export interface CreateGroupInput {
  readonly name: string;
  readonly clients: readonly string[];
  readonly presets: readonly string[];
}

export interface GroupChange {
  readonly group: Group;
  readonly effect: Effect;
  /** What of the audit takes it back, where something does. */
  readonly entry: number;
}

/** Starts in learn: everything is answered, and what would be refused is written down. */
export function createGroup(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: CreateGroupInput, actor: Actor): Promise<GroupChange> => {
    const clients = input.clients.map(parseClient);
    for (const preset of input.presets) findPreset(deps.catalog, preset);

    const { group, entry } = db.transaction(() => {
      const at = clock.now();
      const made = addGroup(db, {
        name: input.name,
        clients,
        presets: [...new Set(input.presets)],
        origin: 'person',
        createdAt: at,
      });
      followPresets(db, deps.catalog, { group: made, at, by: actor.name });
      for (const client of clients) forgetUnknownClient(db, client.address);
      const written = appendAudit(db, {
        at,
        actor: actor.name,
        action: 'group.create',
        subject: input.name,
        after: { clients: clients.map(formatPrefix), presets: input.presets },
        origin: actor.origin,
      });
      return { group: made, entry: written };
    });

    return { group, entry, effect: await takeEffect(deps, { group: group.name }) };
  };
}

/** An address or prefix as a person typed it. */
export function parseClient(text: string): Prefix {
  try {
    return parsePrefix(text.trim());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KnownError('invalid-input', error.message, {
      hint: 'Write an address or a prefix, for example 192.168.20.5 or 2001:db8:20::/64.',
      cause: error,
    });
  }
}
