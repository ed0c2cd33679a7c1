import { TransientDriverError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { sameAddresses } from '../table-rows.ts';
import { findAlias } from './alias.ts';
import type { PfsenseClient } from './client.ts';
import { pendingSubsystems } from './reload.ts';

/**
 * What somebody else has saved on pfSense and not applied: an apply of ours would apply their half-done work.
 *
 *   nothing is pending                                   none
 *   aliases alone, and ours is stored and not loaded     none: it is our own write, whose reload did not come
 *   anything else                                        those subsystems
 */
export async function othersPending(
  client: PfsenseClient,
  {
    alias,
    isOurs,
    loaded,
  }: { readonly alias: string; readonly isOurs: boolean; readonly loaded: ReadonlySet<IpAddress> },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pending = await pendingSubsystems(client, signal);
  const others = pending.filter((subsystem) => subsystem !== 'aliases');
  if (others.length > 0 || pending.length === 0 || isOurs) return others;
  const { addresses } = await findAlias(client, alias, signal);
  return sameAddresses(addresses, loaded) ? pending : [];
}

export function waitsForOthers(pending: readonly string[]): TransientDriverError {
  return new TransientDriverError(
    `Somebody's changes wait to be applied on pfSense (${pending.join(', ')}), and our apply would apply them too: nothing is applied until they are. Apply or discard them on the pfSense page, or set pending: apply for this firewall`,
  );
}
