import type { IpAddress } from '../base/ip-address.ts';
import type { AliasChanges } from '../firewall/driver.ts';

export interface GuardLimits {
  /** Share of an alias (0 to 1) that may go without a cause of its own in one run. */
  readonly maxShare: number;
  /** Removals up to this number are never held: a small alias changes by large shares. */
  readonly always: number;
}

const DEFAULT_GUARD_LIMITS: GuardLimits = { maxShare: 0.5, always: 3 };

export type GuardVerdict =
  | { readonly kind: 'ok'; readonly changes: AliasChanges }
  /** Additions and explained removals go on; the rest waits for a person. */
  | {
      readonly kind: 'held';
      readonly why: string;
      readonly changes: AliasChanges;
      readonly heldRemovals: readonly IpAddress[];
    };

export interface Explanations {
  /** Its lease ended, somebody revoked it, a person released it. */
  readonly hasCause: (address: IpAddress) => boolean;
  /** Somebody else added it while we looked on. */
  readonly isForeign: (address: IpAddress) => boolean;
}

/**
 * Holds a drastic removal for a person. Pure.
 *
 *   has a cause of its own         goes, be it the last one
 *   foreign                        goes, unless that is much of the alias or would empty it
 *   neither: nobody knows it, and  is held: that follows from what we do not know (a lost database, a strange alias)
 *   it was there when we last read
 */
export function guardChanges(
  changes: AliasChanges,
  currentSize: number,
  { hasCause, isForeign }: Explanations,
  limits: GuardLimits = DEFAULT_GUARD_LIMITS,
): GuardVerdict {
  const unexplained = changes.remove.filter((address) => !hasCause(address));
  if (unexplained.length === 0) return { kind: 'ok', changes };
  const empties = changes.remove.length === currentSize && changes.add.length === 0;
  const drastic = unexplained.length > limits.always && unexplained.length > currentSize * limits.maxShare;
  const heldRemovals =
    empties || drastic ? unexplained : unexplained.filter((address) => !isForeign(address));
  if (heldRemovals.length === 0) return { kind: 'ok', changes };
  const held = new Set(heldRemovals);
  const unknown = `${held.size} of ${currentSize} addresses that this ledger does not know`;
  return {
    kind: 'held',
    why: empties ? `would empty the alias, with ${unknown}` : `would remove ${unknown}`,
    changes: { ...changes, remove: changes.remove.filter((address) => !held.has(address)) },
    heldRemovals,
  };
}
