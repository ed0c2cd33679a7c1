import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import type { Entries } from '../firewall/driver.ts';

/** An address of TEST-NET-1 (RFC 5737) that nobody routes: kept in an alias, its absence shows that the table was lost. */
export const SENTINEL: IpAddress = parseIpAddress('192.0.2.254');

/** An alias that held this many and is empty was not emptied one by one. */
const SEVERAL = 3;

/** Entries that end by themselves this soon may all have ended when the table is read: their end was rounded. */
const ENDING_MS = 5000;

/**
 * True when the whole table is gone, as after a reboot of the firewall: the sentinel that was seen in it is not there,
 * or it is empty and held several that had time left. Pure.
 */
export function isTableLost(
  held: ReadonlyMap<IpAddress, number>,
  current: Entries,
  {
    sentinel,
    now,
    isNew = () => false,
  }: {
    readonly sentinel: boolean;
    readonly now: number;
    /** It was written since: that it is there says nothing of the rest. */
    readonly isNew?: (address: IpAddress) => boolean;
  },
): boolean {
  if (sentinel && held.has(SENTINEL) && !current.has(SENTINEL)) return true;
  if (current.keys().some((address) => !isNew(address))) return false;
  const lasting = [...held.values()].filter((until) => until > now + ENDING_MS);
  return lasting.length >= SEVERAL;
}
