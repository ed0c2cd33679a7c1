import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { tcpUpstream } from './tcp.ts';
import { udpUpstream } from './udp.ts';
import type { Upstream } from './upstream.ts';

/** An upstream as it is configured. */
export interface UpstreamAddress extends Endpoint {
  readonly protocol: 'udp' | 'tcp';
}

/**
 * Reads 192.168.1.1, udp://192.168.1.1:53, tcp://[2001:db8::1]. Only addresses: a name would have to be asked of the
 * very server it names. Throws RangeError that quotes the text.
 */
export function parseUpstream(text: string): UpstreamAddress {
  const [, scheme = 'udp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === 'tls' || scheme === 'https') {
    throw new RangeError(
      `not built yet: ${JSON.stringify(text)} (${scheme}:// upstreams come in a later version; use udp:// or tcp://)`,
    );
  }
  if (scheme !== 'udp' && scheme !== 'tcp') {
    throw new RangeError(`not an upstream: ${JSON.stringify(text)} (udp:// or tcp:// and an IP address)`);
  }
  try {
    const endpoint = parseEndpoint(rest);
    if (endpoint.port === 0) throw new RangeError('nothing listens on port 0');
    return { protocol: scheme, ...endpoint };
  } catch (cause) {
    const wanted = 'an IP address, and a port behind a colon; IPv6 in brackets';
    throw new RangeError(`not an upstream: ${JSON.stringify(text)} (${wanted})`, { cause });
  }
}

/** The text parseUpstream reads back; the id of the upstream. */
export function formatUpstream(address: UpstreamAddress): string {
  return `${address.protocol}://${formatEndpoint(address)}`;
}

export function openUpstream(address: UpstreamAddress): Upstream {
  const id = formatUpstream(address);
  return address.protocol === 'udp' ? udpUpstream(id, address) : tcpUpstream(id, address);
}
