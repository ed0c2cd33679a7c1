import { z } from 'zod';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { type Family, type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import type { Entry } from '../driver.ts';
import type { Nft } from './nft.ts';

/** The two sets that make one alias: a set of nftables holds one family. */
export interface SetName {
  readonly family: Family;
  /** 'inet sallyport' */
  readonly table: string;
  readonly name: string;
}

export type Elements = ReadonlyMap<IpAddress, Entry>;

export function setsOf(alias: string, table: string): readonly SetName[] {
  return [
    { family: 4, table, name: `${alias}_v4` },
    { family: 6, table, name: `${alias}_v6` },
  ];
}

/** Throws KnownError for a set that is there and cannot serve; elements that are no single address are left out. */
export async function listSet(nft: Nft, set: SetName, signal: AbortSignal): Promise<Elements | 'absent'> {
  const output = await nft.run(['-j', 'list', 'set', ...set.table.split(' '), set.name], signal);
  if (output === 'absent') return 'absent';
  const listed = parseListing(output, set);
  const wrong = whyUnfit(listed, set);
  if (wrong !== undefined) {
    throw new KnownError('firewall-misconfigured', `The set ${set.name} in table ${set.table} ${wrong}`, {
      hint: `Delete it and let Sallyport make it, or declare it as { ${declaration(set.family)} }.`,
    });
  }
  const elements = new Map<IpAddress, Entry>();
  for (const listedElement of listed.elem ?? []) {
    const { val, expires, counter } = fieldsOf(listedElement);
    if (typeof val !== 'string') continue;
    const packets = fieldsOf(counter)['packets'];
    elements.set(parseIpAddress(val), {
      ...(typeof expires === 'number' ? { expiresInMs: expires * 1000 } : {}),
      ...(typeof packets === 'number' ? { packets } : {}),
    });
  }
  return elements;
}

/**
 * Asks for these elements alone; 'absent' when even one of them is missing, because nft then names none.
 * Parsed from the text for people: nft before 1.1 ignores -j here.
 */
export async function getElements(
  nft: Nft,
  set: SetName,
  addresses: readonly IpAddress[],
  signal: AbortSignal,
): Promise<Elements | 'absent'> {
  const wanted = `{ ${addresses.join(', ')} }`;
  const output = await nft.run(['get', 'element', ...set.table.split(' '), set.name, wanted], signal);
  if (output === 'absent') return 'absent';
  const inBraces = /elements = \{([^}]*)\}/.exec(output)?.[1] ?? '';
  return new Map(
    inBraces
      .split(',')
      .filter((text) => text.trim() !== '')
      .map(parseElement),
  );
}

/** What a set of ours is made of. Counting is left out where the kernel cannot (before 5.7). */
export function declaration(
  family: Family,
  { counters = true }: { readonly counters?: boolean } = {},
): string {
  return `type ipv${family}_addr; flags timeout;${counters ? ' counter;' : ''}`;
}

function parseElement(text: string): [IpAddress, Entry] {
  const [address = '', ...words] = text.trim().split(/\s+/);
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const expires = after('expires');
  const packets = after('packets');
  return [
    parseIpAddress(address),
    {
      ...(expires === undefined ? {} : { expiresInMs: parseDuration(expires) }),
      ...(packets === undefined ? {} : { packets: Number(packets) }),
    },
  ];
}

/** '1d1h1m1s208ms' in milliseconds. */
function parseDuration(text: string): number {
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|d|h|m|s)/g)) {
    ms += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return ms;
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function parseListing(output: string, { name }: SetName): z.infer<typeof ListedSet> {
  try {
    for (const item of Listing.parse(JSON.parse(output)).nftables)
      if (item.set !== undefined) return item.set;
  } catch (cause) {
    throw new TransientDriverError(`nft lists the set ${name} in a form we do not know`, { cause });
  }
  throw new TransientDriverError(`nft lists no set for ${name}`);
}

function whyUnfit({ type, flags = [] }: z.infer<typeof ListedSet>, { family }: SetName): string | undefined {
  if (type !== `ipv${family}_addr`) return `is of type ${JSON.stringify(type)}`;
  if (!flags.includes('timeout')) return 'has no time-outs (flags timeout)';
  if (flags.includes('interval')) return 'holds prefixes (flags interval)';
  return undefined;
}

/**
 * An element with nothing to it is listed as its bare value. Read by hand: tens of thousands come with every tick, and
 * a schema costs ten times as much for each.
 */
function fieldsOf(listed: unknown): Readonly<Record<string, unknown>> {
  if (typeof listed !== 'object' || listed === null) return { val: listed };
  return { ...('elem' in listed ? fieldsOf(listed.elem) : listed) };
}

const ListedSet = z.object({
  type: z.unknown(),
  flags: z.array(z.string()).optional(),
  elem: z.array(z.unknown()).optional(),
});
const Listing = z.object({ nftables: z.array(z.object({ set: ListedSet.optional() })) });
