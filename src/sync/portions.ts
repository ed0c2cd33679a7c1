import type { IpAddress } from '../base/ip-address.ts';
import type { Addition, AliasChanges } from '../firewall/driver.ts';
import type { Desired } from './desired.ts';

/** Additions of one run; at 40 ms a call and four at a time that is half a second. */
const PORTION = 50;

/** Much to add goes in portions, what clients were told under a rule first: each read-back lets answers go. Pure. */
export function firstPortion(
  changes: AliasChanges,
  desired: Desired,
): { readonly changes: AliasChanges; readonly rest: readonly IpAddress[] } {
  if (changes.add.length <= PORTION) return { changes, rest: [] };
  const urgency = ({ address }: Addition) => (desired.get(address)?.cause === 'answer' ? 0 : 1);
  const sorted = changes.add.toSorted((a, b) => urgency(a) - urgency(b));
  return {
    changes: { ...changes, add: sorted.slice(0, PORTION) },
    rest: sorted.slice(PORTION).map(({ address }) => address),
  };
}
