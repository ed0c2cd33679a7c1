import { KnownError } from '../../base/errors.ts';
import { type IpAddress, isHostPrefix, parsePrefix } from '../../base/ip-address.ts';
import { readXml } from '../../base/xml.ts';

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
  readonly format: 'text' | 'json' | 'xml';
  readonly path?: string;
}

/**
 * Reads what a feed sent. Pure; the text is anybody's. Throws KnownError feed-refused when it is no list at all.
 *
 *   text   one address or prefix a line; # and ; begin a comment
 *   json   an array of such texts, or the path to one: data.addresses; through an array, to each of its items
 *   xml    the path to elements, and an attribute of theirs: Server@host; without one, what is written in them
 */
export function parseList(text: string, { format, path }: ListFormat): ParsedList {
  // A sign-in page and an error page come with status 200 as well.
  if (WEB_PAGE.test(text) || (format !== 'xml' && /^\s*<\?xml/i.test(text)))
    throw refused('what came is a web page, not a list');
  const addresses = new Set<IpAddress>();
  let networks = 0;
  let unread = 0;
  let firstUnread: string | undefined;
  let count = 0;
  for (const entry of ENTRIES[format](text, path)) {
    if (++count > MAX_ENTRIES) throw refused(`it has more than ${MAX_ENTRIES} entries`);
    const prefix = readPrefix(entry);
    if (prefix === undefined) {
      unread++;
      firstUnread ??= entry.slice(0, SHOWN_CHARACTERS);
    } else if (isHostPrefix(prefix)) addresses.add(prefix.address);
    else networks++;
  }
  return { addresses: [...addresses], networks, unread, firstUnread };
}

const WEB_PAGE = /^\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html|head|body)/i;

const ENTRIES = { text: textEntries, json: jsonEntries, xml: xmlEntries };

function* textEntries(text: string): Generator<string> {
  for (const [line] of text.matchAll(/[^\r\n]+/g)) {
    const entry = line.replace(/[#;].*$/, '').trim();
    if (entry !== '') yield entry;
  }
}

function jsonEntries(text: string, path: string | undefined): readonly string[] {
  const whole = parseJson(text);
  const found = path === undefined ? [whole] : stepsOf(path).reduce(stepInto, [whole]);
  const entries = found.flat();
  // One list or more, or what each item of a list has there.
  if (found.some(Array.isArray) || (entries.length > 0 && entries.every(isText))) return entries.map(asText);
  throw refused(`${path === undefined ? 'the JSON' : `${JSON.stringify(path)} in the JSON`} is not a list`);
}

function stepInto(at: readonly unknown[], key: string): readonly unknown[] {
  return at
    .flatMap((one) => (Array.isArray(one) ? (one as readonly unknown[]) : [one]))
    .flatMap((one) =>
      typeof one === 'object' && one !== null && Object.hasOwn(one, key)
        ? [(one as Readonly<Record<string, unknown>>)[key]]
        : [],
    );
}

function stepsOf(path: string): readonly string[] {
  return path.split('.');
}

function isText(item: unknown): boolean {
  return typeof item === 'string';
}

/** What is no text is no address, and is not written out: it may be of any size and depth. */
function asText(item: unknown): string {
  return typeof item === 'string' ? item.trim() : `(${Array.isArray(item) ? 'list' : typeof item})`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KnownError('feed-refused', 'what came is not JSON', { cause });
  }
}

function xmlEntries(text: string, path = ''): readonly string[] {
  const [elements = '', attribute] = path.split('@');
  const wanted = stepsOf(elements);
  const entries: string[] = [];
  try {
    readXml(text, (element) => {
      if (!endsWith(element.path, wanted)) return;
      if (entries.length > MAX_ENTRIES) throw refused(`it has more than ${MAX_ENTRIES} entries`);
      const entry =
        attribute === undefined
          ? element.text
          : Object.hasOwn(element.attributes, attribute)
            ? element.attributes[attribute]
            : '';
      entries.push(entry?.trim() ?? '');
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new KnownError('feed-refused', `what came is not XML that can be read: ${error.message}`, {
      cause: error,
    });
  }
  if (entries.length === 0) throw refused(`the XML has no ${path}`);
  return entries;
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.length <= path.length && end.every((name, i) => path[path.length - end.length + i] === name);
}

function readPrefix(text: string) {
  // None is longer, and an exception for each line of a long page costs more than all of the rest.
  if (text.length > LONGEST_PREFIX) return undefined;
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

/** Four times what a feed may have at most: more is no list of addresses that anybody here asked for. */
const MAX_ENTRIES = 20_000;
/** Characters of an IPv6 address that ends in an IPv4 one, with its length behind a slash. */
const LONGEST_PREFIX = 49;
const SHOWN_CHARACTERS = 60;
