import type { IpAddress } from '../../base/ip-address.ts';
import type { ParsedList } from './parse-list.ts';

export type ListVerdict =
  | { readonly kind: 'take'; readonly addresses: readonly IpAddress[]; readonly dropped: number }
  /** So much shorter than before that a person has to say it is meant. */
  | {
      readonly kind: 'held';
      readonly addresses: readonly IpAddress[];
      readonly dropped: number;
      readonly why: string;
    }
  | { readonly kind: 'refused'; readonly why: string };

export interface JudgeInput {
  readonly list: ParsedList;
  /** What the last good list had open. */
  readonly before: readonly IpAddress[];
  readonly max: number;
  readonly isNeverOpened: (address: IpAddress) => boolean;
}

/**
 * Whether a list that came takes the place of the last good one. Pure.
 *
 *   most of it cannot be read, or nothing is left of it | refused
 *   more entries than the feed may have                 | refused
 *   more than nine of ten entries would go              | held for a person
 *   anything else                                       | taken
 */
export function judgeList({ list, before, max, isNeverOpened }: JudgeInput): ListVerdict {
  const { networks, unread, firstUnread } = list;
  const read = list.addresses.length + networks;
  if (unread > read)
    return {
      kind: 'refused',
      why: `it does not look like a list of addresses: ${JSON.stringify(firstUnread)}`,
    };
  if (list.addresses.length > max)
    return {
      kind: 'refused',
      why: `it has ${list.addresses.length} addresses; the feed may have ${max} (\`max\`)`,
    };

  const addresses = list.addresses.filter((address) => !isNeverOpened(address));
  const dropped = list.addresses.length - addresses.length + networks + unread;
  if (addresses.length === 0) {
    const why =
      dropped === 0 ? 'it is empty' : `none of its ${dropped} entries is an address that may be opened`;
    return { kind: 'refused', why };
  }
  const kept = new Set(addresses);
  const gone = before.filter((address) => !kept.has(address)).length;
  if (before.length >= FEW && gone > before.length * MAX_SHRINK) {
    const why = `it would close ${gone} of ${before.length} addresses`;
    return { kind: 'held', addresses, dropped, why };
  }
  return { kind: 'take', addresses, dropped };
}

/** Share of a list (0 to 1) that may go at once without a person's word. */
const MAX_SHRINK = 0.9;
/** Lists below this change by large shares as a matter of course. */
const FEW = 4;
