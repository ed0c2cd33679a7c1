/** The list as a firewall fetches it. */
import { createHash } from 'node:crypto';
import { addressToOctets, familyOf, type IpAddress } from '../../base/ip-address.ts';

export type ListFormat = 'plain' | 'mikrotik' | 'json';

export interface ListText {
  readonly body: string;
  readonly contentType: string;
  /** Strong, as in RFC 9110: the same for the same octets. */
  readonly etag: string;
}

/**
 * Never without octets: pfSense keeps its old table when it gets none, and empties it for a comment. Without comments
 * otherwise, since not every kind of list knows them.
 */
export function listText(
  addresses: ReadonlySet<IpAddress>,
  { alias, format }: { readonly alias: string; readonly format: ListFormat },
): ListText {
  const sorted = inOrder(addresses);
  const body = BODIES[format](sorted, alias);
  const digest = createHash('sha256').update(body).digest('base64url');
  return { body, contentType: CONTENT_TYPES[format], etag: `"${digest}"` };
}

/** Each address is read once: a comparison that reads both would hold up the house for a long list. */
function inOrder(addresses: ReadonlySet<IpAddress>): readonly IpAddress[] {
  return [...addresses]
    .map((address) => ({ address, octets: addressToOctets(address) }))
    .sort((a, b) => a.octets.length - b.octets.length || Buffer.compare(a.octets, b.octets))
    .map(({ address }) => address);
}

const BODIES: Readonly<Record<ListFormat, (addresses: readonly IpAddress[], alias: string) => string>> = {
  plain: (addresses, alias) =>
    addresses.length === 0 ? `# ${alias} is empty\n` : `${addresses.join('\n')}\n`,
  json: (addresses, alias) => `${JSON.stringify({ alias, addresses })}\n`,
  mikrotik: (addresses, alias) =>
    [`# ${alias}: ${addresses.length} addresses`, ...addresses.map((address) => mikrotikLine(alias, address))]
      .map((line) => `${line}\n`)
      .join(''),
};

/**
 * Adds the address, or gives it a new time-out: nothing is removed, so that the list is never short while the script
 * runs; what is not in it any more runs out.
 */
function mikrotikLine(list: string, address: IpAddress): string {
  const menu = familyOf(address) === 4 ? '/ip firewall address-list' : '/ipv6 firewall address-list';
  const spelt = familyOf(address) === 4 ? address : `${address}/128`;
  const add = `add list="${list}" address="${spelt}" timeout=${MIKROTIK_TIMEOUT} comment="opened by Sallyport"`;
  const renew = `set [find where list="${list}" and address="${spelt}" and dynamic] timeout=${MIKROTIK_TIMEOUT}`;
  return `:do { ${menu} ${add} } on-error={ ${menu} ${renew} }`;
}

/** Sixty fetches a minute apart: what is closed stays open that long at most, and what is open outlives us as long. */
const MIKROTIK_TIMEOUT = '1h';

const CONTENT_TYPES: Readonly<Record<ListFormat, string>> = {
  plain: 'text/plain; charset=utf-8',
  mikrotik: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};
