import { formatDomainName, parseDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';

/** A name as a person typed it, in the text it is stored under. */
export function toName(text: string): string {
  return checked(() => formatDomainName(parseDomainName(text.trim())));
}

/** An address as a person typed it. */
export function toAddress(text: string): IpAddress {
  return checked(() => parseIpAddress(text.trim()));
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KnownError('invalid-input', error.message, { cause: error });
  }
}
