import { TransientDriverError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { sameAddresses } from '../table-rows.ts';
import { findAlias } from './alias.ts';
import type { PfsenseClient } from './client.ts';
import { pendingSubsystems } from './reload.ts';

export interface Pending {
  /** Something of ours is stored, and its reload did not come. */
  readonly ours: boolean;
  /** What somebody else has saved on pfSense and not applied: an apply of ours would apply their half-done work. */
  readonly others: readonly string[];
}

/**
 * Whose work waits to be applied. The flag `aliases` says that some alias was saved, not which:
 *
 *   ours is stored and not loaded            ours: a write whose reload did not come
 *   ours is as it is loaded, and owesReload  ours: a write that changed nothing of what pf holds
 *   ours is as it is loaded                  somebody else's
 */
export async function lookAtPending(
  client: PfsenseClient,
  {
    alias,
    owesReload,
    loaded,
  }: { readonly alias: string; readonly owesReload: boolean; readonly loaded: ReadonlySet<IpAddress> },
  signal: AbortSignal,
): Promise<Pending> {
  const pending = await pendingSubsystems(client, signal);
  const others = pending.filter((subsystem) => subsystem !== 'aliases');
  if (others.length === pending.length) return { ours: false, others };
  const { addresses } = await findAlias(client, alias, signal);
  if (owesReload || !sameAddresses(addresses, loaded)) return { ours: true, others };
  return { ours: false, others: pending };
}

export function waitsForOthers(pending: readonly string[]): TransientDriverError {
  return new TransientDriverError(
    `Somebody's changes wait to be applied on pfSense (${pending.join(', ')}), and our apply would apply them too: nothing is applied until they are. Apply or discard them on the pfSense page, or set pending: apply for this firewall`,
  );
}
