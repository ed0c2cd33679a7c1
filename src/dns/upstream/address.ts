/** How an upstream is written: udp://192.168.1.1, tls://9.9.9.9#dns.quad9.net, https://dns.quad9.net/dns-query. */
import { isIP } from 'node:net';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';

export type UpstreamAddress = PlainAddress<'udp'> | PlainAddress<'tcp'> | TlsAddress | HttpsAddress;

export interface PlainAddress<Protocol = 'udp' | 'tcp'> extends Endpoint {
  readonly protocol: Protocol;
}

/** DNS over TLS (RFC 7858). */
export interface TlsAddress extends Encrypted {
  readonly protocol: 'tls';
}

/** DNS over HTTPS (RFC 8484). */
export interface HttpsAddress extends Encrypted {
  readonly protocol: 'https';
  /** With the query string, when there is one. */
  readonly path: string;
}

interface Encrypted {
  /** Undefined: the bootstrap resolvers know the address of `serverName`. */
  readonly address: IpAddress | undefined;
  readonly port: number;
  /** The name the certificate has to carry; undefined: it has to carry the address. One of the two is there. */
  readonly serverName: string | undefined;
}

/** An upstream as it is configured; with `ca`, the PEM of the authorities it is trusted by instead of the system's. */
export type UpstreamSpec = string | { readonly url: string; readonly ca?: string };

export function urlOf(spec: UpstreamSpec): string {
  return typeof spec === 'string' ? spec : spec.url;
}

/** Throws RangeError that quotes the text and says in brackets what would be right. */
export function parseUpstream(text: string): UpstreamAddress {
  const [, scheme = 'udp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case 'udp':
    case 'tcp':
      return { protocol: scheme, ...plainEndpoint(rest, text) };
    case 'tls':
      return parseTls(rest, text);
    case 'https':
      return parseHttps(text);
    default:
      throw notAnUpstream(text, 'udp://, tcp://, tls:// or https://');
  }
}

/** The text parseUpstream reads back; the id of the upstream. */
export function formatUpstream(address: UpstreamAddress): string {
  switch (address.protocol) {
    case 'udp':
    case 'tcp':
      return `${address.protocol}://${formatEndpoint(address)}`;
    case 'tls':
      return `tls://${hostOf(address)}:${address.port}${fragmentOf(address)}`;
    case 'https': {
      const port = address.port === HTTPS_PORT ? '' : `:${address.port}`;
      return `https://${hostOf(address)}${port}${address.path}${fragmentOf(address)}`;
    }
  }
}

/** The name whose address has to be asked of the bootstrap resolvers first; undefined where none has. */
export function bootstrapName(upstream: UpstreamAddress): string | undefined {
  return 'serverName' in upstream && upstream.address === undefined ? upstream.serverName : undefined;
}

/** The host in a URL: an IPv6 address in brackets. */
export function hostOf({ address, serverName = '' }: Encrypted): string {
  return address === undefined ? serverName : isIP(address) === 6 ? `[${address}]` : address;
}

function fragmentOf({ address, serverName }: Encrypted): string {
  return address === undefined || serverName === undefined ? '' : `#${serverName}`;
}

function plainEndpoint(rest: string, text: string): Endpoint {
  try {
    const endpoint = parseEndpoint(rest);
    if (endpoint.port === 0) throw new RangeError('nothing listens on port 0');
    return endpoint;
  } catch (cause) {
    throw notAnUpstream(text, 'an IP address, and a port behind a colon; IPv6 in brackets', cause);
  }
}

function parseTls(rest: string, text: string): TlsAddress {
  const [, host = '', fragment] = /^([^#]*)(?:#(.*))?$/s.exec(rest) ?? [];
  const [, bare, bracketed, digits] = /^(?:([^[\]:]+)|\[([^[\]]+)\])(?::(\d{1,5}))?$/.exec(host) ?? [];
  const port = digits === undefined ? DNS_OVER_TLS_PORT : Number(digits);
  if (port === 0 || port > MAX_PORT) throw notAnUpstream(text, 'a port is 1 to 65535');
  // An IPv6 address alone may stand without brackets, as with the other protocols.
  const name = bare ?? bracketed ?? (isIP(host) === 6 ? host : '');
  return { protocol: 'tls', port, ...encrypted(name, fragment, text) };
}

function parseHttps(text: string): HttpsAddress {
  if (/[\s{}\\]/.test(text)) throw notAnUpstream(text, 'a URL without spaces and without {?dns}');
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw notAnUpstream(text, 'a URL, as in https://dns.quad9.net/dns-query', cause);
  }
  if (url.username !== '' || url.password !== '') throw notAnUpstream(text, 'a URL without a user name');
  if (url.port === '0') throw notAnUpstream(text, 'a port is 1 to 65535');
  const port = url.port === '' ? HTTPS_PORT : Number(url.port);
  const path = (url.pathname === '/' ? DEFAULT_PATH : url.pathname) + url.search;
  const fragment = url.hash === '' ? undefined : url.hash.slice(1);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { protocol: 'https', port, path, ...encrypted(host, fragment, text) };
}

function encrypted(
  host: string,
  fragment: string | undefined,
  text: string,
): Pick<Encrypted, 'address' | 'serverName'> {
  if (fragment !== undefined && !HOST_NAME.test(fragment)) {
    throw notAnUpstream(text, 'behind # stands the name that the certificate carries');
  }
  if (isIP(host) !== 0) return { address: parseIpAddress(host), serverName: fragment?.toLowerCase() };
  if (!HOST_NAME.test(host)) throw notAnUpstream(text, 'an IP address or a host name');
  if (fragment !== undefined) throw notAnUpstream(text, 'a name behind # goes with an address, not a name');
  return { address: undefined, serverName: host.toLowerCase() };
}

function notAnUpstream(text: string, wanted: string, cause?: unknown): RangeError {
  return new RangeError(`not an upstream: ${JSON.stringify(text)} (${wanted})`, { cause });
}

/** RFC 7858 section 3.1. */
const DNS_OVER_TLS_PORT = 853;
const HTTPS_PORT = 443;
const MAX_PORT = 0xffff;
/** What everybody uses, where only the host is written. */
const DEFAULT_PATH = '/dns-query';
/** Letters, digits and dashes; the last label is no number, or it would be an IPv4 address gone wrong. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
