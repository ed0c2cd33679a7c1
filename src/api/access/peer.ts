/** Who stands at the other end of a request, and under which name we were asked: what a trusted proxy says counts, nobody else's word does. */
import type { IncomingHttpHeaders } from 'node:http';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.ts';

export interface Peer {
  /** Of the client: behind proxies the nearest one that is none of them. */
  readonly address: IpAddress;
  /** The names the page was asked for under, as they were written: Host, and what the proxy had for it. */
  readonly hosts: readonly (string | undefined)[];
  /** The last leg that counts to the browser was encrypted. */
  readonly https: boolean;
}

export interface Connection {
  /** Of the socket, as Node tells it. */
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly headers: IncomingHttpHeaders;
}

/**
 * X-Forwarded-For is read from its end: each proxy adds whom it saw, so the right-most entry that is no proxy of ours is
 * the client, and what stands further left is anybody's invention.
 */
export function readPeer(
  { remoteAddress, encrypted, headers }: Connection,
  isTrustedProxy: (address: IpAddress) => boolean,
): Peer {
  const socket = parseIpAddress(remoteAddress.replace(/%.*$/, ''));
  if (!isTrustedProxy(socket)) return { address: socket, hosts: [headers.host], https: encrypted };

  const forwardedHost = last(headers['x-forwarded-host']);
  const proto = last(headers['x-forwarded-proto'])?.toLowerCase();
  return {
    address: clientOf(socket, headers['x-forwarded-for'], isTrustedProxy),
    // Both: a proxy that does not set the second passes on whatever the browser made up.
    hosts: forwardedHost === undefined ? [headers.host] : [headers.host, forwardedHost],
    https: proto === undefined ? encrypted : proto === 'https',
  };
}

function clientOf(
  socket: IpAddress,
  forwardedFor: string | string[] | undefined,
  isTrustedProxy: (address: IpAddress) => boolean,
): IpAddress {
  let client = socket;
  for (const text of listOf(forwardedFor).toReversed()) {
    const address = parseEntry(text);
    // From here on nothing is known: what a proxy could not tell, it is answered for.
    if (address === undefined) return client;
    client = address;
    if (!isTrustedProxy(address)) return client;
  }
  return client;
}

/** An address as proxies write it: bare, with a port, or in brackets; undefined for `unknown` and everything else. */
function parseEntry(text: string): IpAddress | undefined {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  try {
    return parseIpAddress(bare);
  } catch {
    // Not an address: `unknown` and names are allowed there (RFC 7239 section 6), and a client may write anything.
    return undefined;
  }
}

function last(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1);
}

/** Node joins a header that comes twice with a comma. */
function listOf(header: string | string[] | undefined): readonly string[] {
  return [header ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
