import { KnownError } from '../../base/errors.ts';
import { type IpAddress, isHostPrefix, parsePrefix } from '../../base/ip-address.ts';

export interface ParsedList {
  /** Each once, in the order of the list. */
  readonly addresses: readonly IpAddress[];
  /** Entries that are whole networks: an alias holds addresses only. */
  readonly networks: number;
  /** Entries that are no address at all, and the first of them. */
  readonly unread: number;
  readonly firstUnread: string | undefined;
}

export interface ListFormat {
  readonly format: 'text' | 'json';
  /** Keys to the list in the JSON, with dots between them. */
  readonly path?: string;
}

/**
 * Reads what a feed sent. Pure; the text is anybody's. Throws KnownError feed-refused when it is no list at all.
 *
 *   text   one address or prefix a line; # and ; begin a comment
 *   json   an array of such texts, or the path to one
 */
export function parseList(text: string, { format, path }: ListFormat): ParsedList {
  // A sign-in page and an error page come with status 200 as well.
  if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(text))
    throw refused('what came is a web page, not a list');
  const entries = format === 'json' ? jsonEntries(text, path) : textEntries(text);
  const addresses = new Set<IpAddress>();
  let networks = 0;
  let unread = 0;
  let firstUnread: string | undefined;
  for (const entry of entries) {
    const prefix = readPrefix(entry);
    if (prefix === undefined) {
      unread++;
      firstUnread ??= entry.slice(0, SHOWN_CHARACTERS);
    } else if (isHostPrefix(prefix)) addresses.add(prefix.address);
    else networks++;
  }
  return { addresses: [...addresses], networks, unread, firstUnread };
}

function textEntries(text: string): readonly string[] {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.replace(/[#;].*$/, '').trim())
    .filter((line) => line !== '');
}

function jsonEntries(text: string, path: string | undefined): readonly string[] {
  let at = parseJson(text);
  for (const key of path?.split('.') ?? []) {
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Json)[key] : undefined;
  }
  if (!Array.isArray(at)) {
    const where = path === undefined ? 'the JSON' : `${JSON.stringify(path)} in the JSON`;
    throw refused(`${where} is not a list`);
  }
  return at.map((item: unknown) => (typeof item === 'string' ? item.trim() : JSON.stringify(item)));
}

type Json = Readonly<Record<string, unknown>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KnownError('feed-refused', 'what came is not JSON', { cause });
  }
}

function readPrefix(text: string) {
  try {
    return parsePrefix(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function refused(why: string): KnownError {
  return new KnownError('feed-refused', why);
}

const SHOWN_CHARACTERS = 60;
