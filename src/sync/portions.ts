import type { IpAddress } from '../base/ip-address.ts';
import type { Addition, AliasChanges } from '../firewall/driver.ts';
import type { Desired } from './desired.ts';

/** Additions of one run; at 40 ms a call and four at a time that is half a second. */
const PORTION = 50;

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
  const urgency = ({ address }: Addition) => {
    if (asked.has(address)) return 0;
    return desired.get(address)?.cause === 'answer' ? 1 : 2;
  };
  const sorted = changes.add.toSorted((a, b) => urgency(a) - urgency(b));
  const size = changes.add.length > LARGE_PORTION ? LARGE_PORTION : PORTION;
  return {
    changes: { ...changes, add: sorted.slice(0, size) },
    rest: sorted.slice(size).map(({ address }) => address),
  };
}
