import { readFileSync } from 'node:fs';
import type { FeedReport } from '../actions/ports.ts';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import type { Lease } from '../ledger/lease.ts';

export interface StatusFacts {
  /** What the database last refused to take; undefined: nothing. */
  readonly storage: string | undefined;
  /** How many upstreams are known. */
  readonly upstreams: number;
  /** The one address that every query came from. */
  readonly onlyClient: IpAddress | undefined;
  readonly gateways: ReadonlySet<IpAddress>;
  readonly feeds: readonly Pick<FeedReport, 'name' | 'problem' | 'list' | 'knownIn'>[];
  /** Leases of what an alias held before this ledger knew it. */
  readonly adopted: readonly Pick<Lease, 'address' | 'until'>[];
}

/** Whole sentences about what a person should look at. Pure. */
export function statusWarnings({
  storage,
  upstreams,
  onlyClient,
  gateways,
  feeds,
  adopted,
}: StatusFacts): readonly string[] {
  const found: string[] = [];
  if (storage !== undefined) found.push(storage);
  if (upstreams === 0) {
    found.push('No upstream resolver is known: set SALLYPORT_UPSTREAMS, for example to your router.');
  }
  if (onlyClient !== undefined && gateways.has(onlyClient)) {
    found.push(
      `bridge-gateway: every query seems to come from ${onlyClient}, the gateway of this container's network. Names are still filtered, but all hosts share one group. Two fixes: run Docker with "userland-proxy": false, or give Sallyport an address of its own (compose profile lan) or this machine's (profile host).`,
    );
  }
  for (const { name, problem, list, knownIn } of feeds) {
    if (problem !== undefined) found.push(`Feed ${name} ${KEPT[list]}. ${problem}`);
    if (list === 'built-in') {
      found.push(
        `Feed ${name} has the built-in list of ${knownIn} open, which is old: some of its addresses may be somebody else’s by now. Give the feed its token, and the list of today is fetched; or take the feed out.`,
      );
    }
  }
  if (adopted.length > 0) {
    const count = new Set(adopted.map(({ address }) => address)).size;
    const last = adopted.reduce((latest, { until }) => Math.max(latest, until), 0);
    found.push(
      `Nobody here opened ${count} of the open addresses: an alias held them before this ledger knew it (or a removal was dropped). They stay open until ${new Date(last).toISOString()} at the latest, and longer only where a name leads to them. See those of cause adopted: sallyport leases`,
    );
  }
  return found;
}

const KEPT: Readonly<Record<FeedReport['list'], string>> = {
  none: 'has never had a list',
  fetched: 'keeps its last good list',
  written: 'keeps the addresses written in the configuration',
  'built-in': 'keeps its built-in list',
};

/** The default gateways of this network namespace (proc(5), /proc/net/route: little-endian hex). Empty where there is no such file. */
export function defaultGateways(read: () => string = readRoutes): ReadonlySet<IpAddress> {
  const gateways = new Set<IpAddress>();
  for (const line of read().split('\n').slice(1)) {
    const [, destination, gateway] = line.split('\t');
    if (destination !== '00000000' || gateway === undefined || !/^[0-9A-F]{8}$/i.test(gateway)) continue;
    gateways.add(parseIpAddress([...Buffer.from(gateway, 'hex')].reverse().join('.')));
  }
  return gateways;
}

function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8');
  } catch {
    // Not Linux: no containers with a bridge of this kind either.
    return '';
  }
}
