import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import type { Actor } from './actor.ts';
import { toAddress } from './canonical.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';

export interface DropInput {
  readonly group: string;
  readonly address: string;
}

export interface Dropped {
  /** What it was open for. */
  readonly names: readonly string[];
  readonly effect: Effect;
}

/**
 * Closes an open address now, whatever a client was told of it. Rules stay as they are: asked again, an allowed name opens it again.
 * What is open by hand or by a list is closed where it was opened.
 */
export function dropAddress(deps: ActionDeps) {
  const { db, clock, leases } = deps;
  return async (input: DropInput, actor: Actor): Promise<Dropped> => {
    const group = findGroup(db, input.group);
    const address = toAddress(input.address);
    const open = leases.live({ group: group.name, address });
    const leased = open.filter(({ cause }) => cause !== 'pin' && cause !== 'feed');
    const names = [...new Set(leased.map(({ name }) => name))];
    if (leased.length === 0) {
      throw new KnownError('not-found', `no answer has ${address} open for group ${group.name}`, {
        hint:
          open.length === 0
            ? 'It may have been closed since: `sallyport leases` shows what is open.'
            : 'It was opened by hand or by a list: `sallyport addresses` and `sallyport feeds` show it.',
      });
    }
    appendAudit(db, {
      at: clock.now(),
      actor: actor.name,
      action: 'address.drop',
      subject: `${group.name} ${address}`,
      before: { names },
      origin: actor.origin,
    });
    leases.revoke(group.id, address);
    return { names, effect: await takeEffect(deps, { group: group.name, closes: [address] }) };
  };
}
