import { KnownError } from '../base/errors.ts';
import { type IpAddress, isHostPrefix, parsePrefix } from '../base/ip-address.ts';
import { appendAudit } from '../store/audit.ts';
import { getGroup } from '../store/groups.ts';
import { addPin, changePin, endPin, getPin, type Pin, pinsInForce } from '../store/pins.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { type Effect, takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';
import { assertOurs } from './managed-by-file.ts';

export interface PinInput {
  readonly group: string;
  readonly address: string;
  /** '24h', 'always'. */
  readonly for?: string | undefined;
  /** Milliseconds since 1970; at most one of for and until. Neither: no end. */
  readonly until?: number | undefined;
  readonly note?: string | undefined;
  /** A note for people. */
  readonly ports?: readonly number[] | undefined;
}

export type PinChangeInput = Pick<PinInput, 'for' | 'until' | 'note' | 'ports'> & { readonly id: number };

export interface PinEffect {
  readonly pin: Pin;
  readonly effect: Effect;
}

/** Opens an address by hand, for what is reached without a name; open again, it gets the new note and end. */
export function pinAddress(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: PinInput, actor: Actor): Promise<PinEffect> => {
    const group = findGroup(db, input.group);
    const prefix = parsePinned(input.address, deps.isNeverOpened);
    const now = clock.now();
    const until = endOf(input, now);

    const pin = db.transaction(() => {
      const before = pinsInForce(db, now, group.id).find(
        (known) => known.plexServer === undefined && known.prefix.address === prefix.address,
      );
      if (before !== undefined) assertOurs(deps, before, `${prefix.address} of group ${group.name}`);
      const made = addPin(db, {
        groupId: group.id,
        prefix,
        ports: input.ports ?? [],
        note: input.note ?? '',
        until: until ?? undefined,
        origin: 'person',
        createdAt: now,
        createdBy: actor.name,
      });
      appendAudit(db, {
        at: now,
        actor: actor.name,
        action: 'address.open',
        subject: `${group.name} ${prefix.address}`,
        ...(before === undefined ? {} : { before: recorded(before) }),
        after: recorded(made),
        note: made.note,
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return made;
    });
    return { pin, effect: await takeEffect(deps, { group: group.name, opens: [prefix.address] }) };
  };
}

/** Another end or note for an address that was opened by hand. */
export function changePinned(deps: ActionDeps) {
  const { db, clock } = deps;
  return async ({ id, ...input }: PinChangeInput, actor: Actor): Promise<PinEffect> => {
    const now = clock.now();
    const { group, pin: before } = ownPin(deps, id);
    const until = endOf(input, now);
    const pin = db.transaction(() => {
      const after = changePin(db, id, {
        ...(input.note === undefined ? {} : { note: input.note }),
        ...(input.ports === undefined ? {} : { ports: input.ports }),
        ...(input.for === undefined && input.until === undefined ? {} : { until: until ?? null }),
      });
      appendAudit(db, {
        at: now,
        actor: actor.name,
        action: 'address.change',
        subject: `${group} ${before.prefix.address}`,
        before: recorded(before),
        after: recorded(after),
        note: after.note,
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return after;
    });
    return { pin, effect: await takeEffect(deps, { group, opens: [pin.prefix.address] }) };
  };
}

/** Closes an address that was opened by hand, at once; undone by opening it again. */
export function unpinAddress(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (id: number, actor: Actor): Promise<PinEffect> => {
    const { group } = ownPin(deps, id);
    const at = clock.now();
    const pin = db.transaction(() => {
      const ended = endPin(db, id, { at, by: actor.name });
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'address.close',
        subject: `${group} ${ended.prefix.address}`,
        before: recorded(ended),
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return ended;
    });
    return { pin, effect: await takeEffect(deps, { group, closes: [pin.prefix.address] }) };
  };
}

/** One address that may be opened, as a person wrote it. Throws KnownError that says why another one may not. */
export function parsePinned(text: string, isNeverOpened: (address: IpAddress) => boolean) {
  const prefix = readPrefix(text);
  if (!isHostPrefix(prefix)) {
    throw new KnownError(
      'invalid-input',
      `${text.trim()} is a network, and an alias holds single addresses`,
      {
        hint: 'Open the addresses one by one, or let the network through with a rule of its own on the firewall.',
      },
    );
  }
  if (isNeverOpened(prefix.address)) {
    throw new KnownError('address-never-opened', `${prefix.address} is never opened`, {
      hint: 'Private and special addresses, known public resolvers, the upstreams, our own and the firewalls’ addresses and what `neverList` names stay closed; what is on your own network is let through by a rule on the firewall.',
    });
  }
  return prefix;
}

function readPrefix(text: string) {
  try {
    return parsePrefix(text.trim());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KnownError('invalid-input', error.message, {
      hint: 'Write an address, for example 198.41.192.7 or 2001:db8::7.',
      cause: error,
    });
  }
}

function ownPin(deps: ActionDeps, id: number): { readonly pin: Pin; readonly group: string } {
  const pin = getPin(deps.db, id);
  const { name: group } = getGroup(deps.db, pin.groupId);
  if (pin.plexServer !== undefined) {
    throw new KnownError(
      'of-plex-direct',
      `${pin.prefix.address} of group ${group} is open for a shared Plex server`,
      {
        hint: `It ends with the server: \`sallyport plex-direct --group ${group} --unshare ${pin.plexServer}\`.`,
      },
    );
  }
  assertOurs(deps, pin, `${pin.prefix.address} of group ${group}`);
  return { pin, group };
}

/** null: no end. */
function endOf(input: Pick<PinInput, 'for' | 'until'>, now: number): number | null {
  if (input.for !== undefined) return input.for === 'always' ? null : now + parseDuration(input.for);
  if (input.until !== undefined && input.until <= now) {
    throw new KnownError(
      'invalid-input',
      `it would end in the past: ${new Date(input.until).toISOString()}`,
      {
        hint: 'Give a moment in the future, or `for` with a duration such as 24h.',
      },
    );
  }
  return input.until ?? null;
}

function recorded({ id, note, ports, until }: Pin) {
  return { id, note, ports: [...ports], until: until ?? null };
}
