import type { Group, Status } from '../../api/types.ts';

export interface DnsPlace {
  readonly address: string;
  readonly port: number;
}

/** Where the host is to send its questions: the address people reach this page under, where that is one of the network. */
export function dnsPlace({ listeners }: Pick<Status, 'listeners'>): DnsPlace | undefined {
  const reached = listeners.filter(({ address, error }) => error === undefined && !isLoopback(address));
  const host = location.hostname.replace(/^\[|\]$/g, '');
  if (reached.length === 0) return undefined;
  if (/^[\d.]+$|:/.test(host) && !isLoopback(host)) {
    // Where nobody listens on it, something passes on what comes there.
    return { address: host, port: reached.find(({ address }) => address === host)?.port ?? DNS_PORT };
  }
  return reached.find(({ port }) => port === DNS_PORT) ?? reached[0];
}

/** Hosts somebody has chosen to protect; the group of a first start is this machine itself. */
export function protectedGroups({ groups }: Pick<Status, 'groups'>): readonly Group[] {
  return groups.filter(({ origin }) => origin !== 'default');
}

export function firstHost(status: Pick<Status, 'groups'>): string {
  return protectedGroups(status).flatMap(({ clients }) => clients)[0] ?? 'your-server';
}

function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || address.startsWith('127.');
}

/** A network that nobody means by “a host”: wider than a site is given. */
export function isWide(prefix: string): boolean {
  const length = /\/(\d+)$/.exec(prefix)?.[1];
  return length !== undefined && Number(length) < (prefix.includes(':') ? SITE_IPV6 : SITE_IPV4);
}

/** Bits of the prefix of a whole site. */
const SITE_IPV4 = 16;
const SITE_IPV6 = 48;
/** Where hosts ask when they are told no port. */
const DNS_PORT = 53;
