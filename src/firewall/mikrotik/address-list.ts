import { z } from 'zod';
import { TransientDriverError } from '../../base/errors.ts';
import { familyOf, type IpAddress } from '../../base/ip-address.ts';
import { addressOfRow } from '../table-rows.ts';
import { type MikrotikClient, unexpectedAnswer } from './client.ts';
import { parseDuration } from './duration.ts';

/** An entry of the list, in the router's words and in ours. */
export interface ListRow {
  readonly id: string;
  /** As RouterOS writes it. */
  readonly text: string;
  /** Undefined for a prefix, a range or a name. */
  readonly address: IpAddress | undefined;
  /** Undefined: it stays until somebody removes it. */
  readonly expiresInMs: number | undefined;
  readonly disabled: boolean;
}

/** The list of each family is one of its own, under the same name. */
export const MENUS = ['ip/firewall/address-list', 'ipv6/firewall/address-list'] as const;

export function menuOf(address: IpAddress): string {
  return familyOf(address) === 4 ? MENUS[0] : MENUS[1];
}

/** All entries of the list, both families; none where nobody has made one: RouterOS has no lists apart from entries. */
export async function readList(
  client: MikrotikClient,
  list: string,
  signal: AbortSignal,
): Promise<readonly ListRow[]> {
  // One after the other: of two at once the one that is refused would leave the other under way.
  const [ipv4, ipv6] = MENUS;
  const rows = await readMenu(client, { path: ipv4, list }, signal);
  return [...rows, ...(await readMenu(client, { path: ipv6, list }, signal))];
}

async function readMenu(
  client: MikrotikClient,
  { path, list }: { readonly path: string; readonly list: string },
  signal: AbortSignal,
): Promise<readonly ListRow[]> {
  const answer = await client.call({ method: 'GET', path, query: { list } }, signal);
  if (!answer.ok) throw unexpectedAnswer(`list ${path}`, answer);
  const rows = z.array(Row).safeParse(answer.json);
  if (!rows.success)
    throw new TransientDriverError(`MikroTik lists ${list} in a form we do not know`, { cause: rows.error });
  return rows.data
    .filter((row) => row.list === list)
    .map((row) => ({
      id: row['.id'],
      text: row.address ?? '',
      address: addressOfRow((row.address ?? '').replace(HOST_LENGTH, '')),
      expiresInMs: row.timeout === undefined ? undefined : parseDuration(row.timeout),
      disabled: row.disabled === 'true',
    }));
}

/** IPv6 entries carry their length, and so may IPv4 ones. */
const HOST_LENGTH = /(?<=:[0-9a-f:.]*)\/128$|(?<=^[0-9.]+)\/32$/;

/** The id goes into a path, so it is nothing but what RouterOS makes. */
const Row = z.object({
  '.id': z.string().regex(/^\*[0-9A-Fa-f]{1,16}$/),
  list: z.string(),
  address: z.string().max(300).optional(),
  timeout: z.string().optional(),
  disabled: z.string().optional(),
});
