/** What the ledger did not open lately, so that a person can be told why a name leads nowhere. */
import type { LeftOutAddress } from '../actions/ports.ts';
import type { Clock } from '../base/clock.ts';
import { formatDomainName } from '../base/domain-name.ts';
import { type LeaseKey, type LeftOut, leaseKey } from '../ledger/lease.ts';

/** Milliseconds; long enough for a person to ask, and what nobody asked for since is no news any more. */
const REMEMBERED_MS = 3_600_000;

/** Some hundred kilobytes; whoever looks wants the newest. */
const MAX_REMEMBERED = 2000;

export interface LeftOutMemory {
  add(leftOut: readonly LeftOut[]): void;
  /** Oldest first, without what was opened since. */
  list(groupName: (id: number) => string): readonly LeftOutAddress[];
}

export function createLeftOutMemory(
  clock: Pick<Clock, 'now'>,
  isOpen: (key: LeaseKey) => boolean,
): LeftOutMemory {
  /** Oldest first. */
  const facts = new Map<string, LeftOut & { readonly at: number }>();
  return {
    add(leftOut) {
      const at = clock.now();
      for (const one of leftOut) {
        facts.delete(leaseKey(one));
        facts.set(leaseKey(one), { ...one, at });
      }
      for (const [key, fact] of facts) {
        if (fact.at + REMEMBERED_MS > at && facts.size <= MAX_REMEMBERED) break;
        facts.delete(key);
      }
    },
    list: (groupName) =>
      [...facts.values()]
        .filter((one) => one.at + REMEMBERED_MS > clock.now() && !isOpen(one))
        .map(({ groupId, name, address, cap, at }) => ({
          group: groupName(groupId),
          name: formatDomainName(name),
          address,
          cap,
          at,
        })),
  };
}
