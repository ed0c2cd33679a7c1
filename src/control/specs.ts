import { isIP } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { type IpAddress, type Prefix, parseIpAddress, parsePrefix } from '../base/ip-address.ts';
import { ownAddresses } from '../base/own-addresses.ts';
import type { Config } from '../config/schema/sections.ts';
import { parseUpstream, type UpstreamSpec, urlOf } from '../dns/upstream/address.ts';
import { boxOf } from '../firewall/config.ts';
import { createKeyLockouts } from '../firewall/key-lockout.ts';
import { createDriver, loadTls } from '../firewall/registry.ts';
import { SENTINEL } from '../sync/table-loss.ts';
import type { FirewallSpec } from './firewall.ts';

/** A driver for each configured firewall; throws KnownError that names what is wrong with one. */
export function firewallSpecs(config: Config, clock: Clock): readonly FirewallSpec[] {
  const lockouts = createKeyLockouts(clock);
  return config.firewalls.map((firewall) => ({
    name: firewall.name,
    kind: firewall.driver,
    alias: firewall.alias,
    required: firewall.required,
    mode: firewall.mode,
    sentinel: firewall.sentinel,
    ...(firewall.linger === undefined ? {} : { lingerMs: firewall.linger }),
    // The kernel takes many at a time; a box behind an API rewrites its configuration, and is asked one thing after another.
    ...(firewall.driver === 'nftables' ? {} : { box: boxOf(firewall) }),
    groups: firewall.groups ?? 'all',
    driver: createDriver(firewall, { clock, lockouts }),
    ...(firewall.url === undefined
      ? {}
      : { reach: { url: firewall.url, tls: loadTls(firewall.name, firewall.tls) } }),
  }));
}

/** Addresses that may never be opened besides the special-purpose ones: ours, the firewalls', the upstreams', the owner's. */
export function neverListOf(config: Config, upstreams: readonly UpstreamSpec[]): readonly Prefix[] {
  const resolvers = [
    ...upstreams,
    ...config.forward.flatMap((forward) => forward.upstreams),
    ...config.bootstrap,
  ];
  const addresses: IpAddress[] = [
    // Told to a client, it would be open wherever it is kept.
    SENTINEL,
    ...ownAddresses(),
    // One by name is not known yet; the public ones of that kind are on the list anyway.
    ...resolvers.map((spec) => parseUpstream(urlOf(spec)).address).filter((address) => address !== undefined),
    ...config.firewalls.flatMap(({ url }) => hostAddress(url)),
  ];
  return [...config.neverList, ...addresses.map((address) => parsePrefix(address))];
}

function hostAddress(url: string | undefined): readonly IpAddress[] {
  if (url === undefined) return [];
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? [] : [parseIpAddress(host)];
}
