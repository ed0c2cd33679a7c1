/** An address and a port, as listeners and upstreams are written: 192.0.2.1:53, [2001:db8::1]:53, or without the port. */
import { familyOf, type IpAddress, parseIpAddress } from '../base/ip-address.ts';

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

const DNS_PORT = 53;

/** Throws RangeError that quotes the text. */
export function parseEndpoint(text: string): Endpoint {
  const match = /^\[([^\]]*)\](?::(\d+))?$/.exec(text) ?? /^([^:]*)(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? text; // an IPv6 address without brackets has no port
  const port = match?.[2] === undefined ? DNS_PORT : Number(match[2]);
  if (port > 0xffff) throw new RangeError(`not a port: ${JSON.stringify(text)} (0 to 65535)`);
  try {
    return { address: parseIpAddress(host), port };
  } catch (cause) {
    const wanted = 'an IP address, and a port behind a colon; IPv6 in brackets';
    throw new RangeError(`not an address with a port: ${JSON.stringify(text)} (${wanted})`, { cause });
  }
}

export function formatEndpoint({ address, port }: Endpoint): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
