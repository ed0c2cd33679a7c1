import type { IpAddress } from '../base/ip-address.ts';
import type { Addition, AliasChanges, Entries } from '../firewall/driver.ts';
import type { SyncChange } from './sync-run.ts';

/** An entry that ends this much earlier than it was asked to is rounded; more, and the write was lost. */
const READ_BACK_SLACK_MS = 3000;

export interface Causes {
  readonly cause: (address: IpAddress) => string | undefined;
  readonly removalCause: (address: IpAddress) => string | undefined;
}

/** What was asked of the firewall `tookMs` ago, each change judged by the table as it was read after. Pure. */
export function describeChanges(
  { add, renew, remove }: AliasChanges,
  after: Entries,
  tookMs: number,
  { cause, removalCause }: Causes,
): readonly SyncChange[] {
  const lasts = ({ address, forMs }: Addition): boolean => {
    const entry = after.get(address);
    if (entry === undefined || entry.fetched === false) return false;
    return (entry.expiresInMs ?? forMs) >= forMs - tookMs - READ_BACK_SLACK_MS;
  };
  const opened = (change: 'add' | 'renew') => (addition: Addition) => ({
    address: addition.address,
    change,
    cause: cause(addition.address) ?? 'unknown',
    confirmed: lasts(addition),
  });
  return [
    ...add.map(opened('add')),
    ...renew.map(opened('renew')),
    ...remove.map((address) => ({
      address,
      change: 'remove' as const,
      cause: removalCause(address) ?? 'not in the ledger',
      confirmed: !after.has(address),
    })),
  ];
}
