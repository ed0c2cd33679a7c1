/** How pf spells and keeps the entries of a table. */
import { isIP } from 'node:net';
import { formatPrefix, parsePrefix } from '../../src/base/ip-address.ts';

/** Lower case, compressed, host bits cleared, without /32 and /128; undefined for what pfctl would not take. */
export function pfSpelling(text: string): string | undefined {
  try {
    return formatPrefix(parsePrefix(text));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** The order of pfctl -T show: IPv4 before IPv6, then by address. */
export function pfOrder(entries: Iterable<string>): readonly string[] {
  return [...entries].sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')) || compareText(a, b));
}

const { compare: compareText } = new Intl.Collator('en', { numeric: true });
