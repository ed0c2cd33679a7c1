import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';

/** The default upstreams: the name servers of /etc/resolv.conf, less ourselves, so that no query goes round in a circle. */
export function resolvConfUpstreams(text: string, own: ReadonlySet<IpAddress>): readonly string[] {
  const servers = text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((server) => server !== undefined)
    .map(addressOf)
    .filter((address) => address !== undefined && !own.has(address)) as IpAddress[];
  return [...new Set(servers)].map(
    (address) => `udp://${address.includes(':') ? `[${address}]` : address}:53`,
  );
}

/** Lines we cannot use (fe80::1%eth0) are passed over, as every stub resolver does. */
function addressOf(text: string): IpAddress | undefined {
  try {
    return parseIpAddress(text);
  } catch {
    return undefined;
  }
}
