import type { IpAddress } from '../base/ip-address.ts';
import type { Addition, AliasChanges } from '../firewall/driver.ts';
import type { Desired } from './desired.ts';

/** Additions of one run, and the least where each is a call; at 40 ms a call and four at a time that is half a second. */
const PORTION = 50;

/** Milliseconds after which the table is read although nobody waits: people see how far it is. Many times what a read takes. */
const LONGEST_PORTION_MS = 10_000;

/** The same where hundreds wait, as after a reboot: reading the table twice for each fifty would take as long as writing. */
const LARGE_PORTION = 250;

/**
 * Much to add goes in portions, each of which lets answers go: those first that were just asked for, then what clients
 * were told under a rule. Pure.
 */
export function firstPortion(
  changes: AliasChanges,
  desired: Desired,
  asked: ReadonlySet<IpAddress> = new Set(),
): { readonly changes: AliasChanges; readonly rest: readonly IpAddress[] } {
  if (changes.add.length <= PORTION) return { changes, rest: [] };
  const sorted = byUrgency(changes.add, desired, asked);
  const size = changes.add.length > LARGE_PORTION ? LARGE_PORTION : PORTION;
  return {
    changes: { ...changes, add: sorted.slice(0, size) },
    rest: sorted.slice(size).map(({ address }) => address),
  };
}

/** Where each is a call, a portion is as long as nobody waits for anything else: it lets answers go when one is asked for. Pure. */
export function isPortion(made: number, tookMs: number, isWaitedFor: boolean): boolean {
  return made >= PORTION && (isWaitedFor || tookMs >= LONGEST_PORTION_MS);
}

/** Those first that were just asked for, then what clients were told under a rule. Pure. */
export function byUrgency(
  additions: readonly Addition[],
  desired: Desired,
  asked: ReadonlySet<IpAddress> = new Set(),
): readonly Addition[] {
  const urgency = ({ address }: Addition) => {
    if (asked.has(address)) return 0;
    return desired.get(address)?.cause === 'answer' ? 1 : 2;
  };
  return additions.toSorted((a, b) => urgency(a) - urgency(b));
}
