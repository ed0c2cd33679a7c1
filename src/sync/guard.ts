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

/**
 * Holds a drastic removal for a person. Pure.
 * A removal with a cause of its own (its lease ended, somebody revoked it) is never held; one that only follows from
 * what we do not know (a lost database, a strange alias) is, when it is large or would empty the alias.
 */
export function guardChanges(
  changes: AliasChanges,
  currentSize: number,
  hasCause: (address: IpAddress) => boolean,
  limits: GuardLimits = DEFAULT_GUARD_LIMITS,
): GuardVerdict {
  const unexplained = changes.remove.filter((address) => !hasCause(address));
  if (unexplained.length === 0) return { kind: 'ok', changes };
  const empties = unexplained.length === currentSize && changes.add.length === 0;
  const drastic = unexplained.length > limits.always && unexplained.length > currentSize * limits.maxShare;
  if (!empties && !drastic) return { kind: 'ok', changes };
  return {
    kind: 'held',
    why: empties
      ? `would remove all ${currentSize} addresses of the alias, none of which this ledger knows`
      : `would remove ${unexplained.length} of ${currentSize} addresses that this ledger does not know`,
    changes: { ...changes, remove: changes.remove.filter(hasCause) },
    heldRemovals: unexplained,
  };
}
