import { KnownError } from '../../base/errors.ts';
import { type IpAddress, parseIpAddress, parsePrefix, prefixMatcher } from '../../base/ip-address.ts';

/** Of nobody (RFC 5737, RFC 3849): while one of these is open, nothing is. */
const isOfNobody = prefixMatcher(
  ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'].map(parsePrefix),
);

/** What goes into an alias for the proof that changes arrive; throws KnownError for an address that somebody has. */
export function trialAddress(text = '192.0.2.253'): IpAddress {
  const address = parse(text);
  if (address !== undefined && isOfNobody(address)) return address;
  throw new KnownError('invalid-input', `${text} is no documentation address`, {
    hint: 'The round trip opens it for a moment: take one of 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or 2001:db8::/32.',
  });
}

function parse(text: string): IpAddress | undefined {
  try {
    return parseIpAddress(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
