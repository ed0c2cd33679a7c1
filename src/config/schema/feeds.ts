/** `feeds`: lists of addresses that somebody else keeps, opened for some groups. */
import { z } from 'zod';
import { isPrivateAddress } from '../../base/address-class.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import type { Secret } from '../../base/secret.ts';
import { FEED_PRESETS, type FeedPreset } from '../feed-presets.ts';
import { secret } from './firewalls.ts';
import { address, duration, moment, name, note, oneOf } from './values.ts';

/** What a header may hold; whatever else is in a secret came with its file, such as a second line. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const headerSecret = secret.refine((value) => HEADER_VALUE.test(value.reveal()), {
  error: 'write one line of plain characters: this is sent in a header',
});

/** These say how the message is sent, and are not the owner's to write. */
const OWN_HEADERS = /^(connection|content-.*|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;
const HEADER_NAME = /^[a-z0-9-]{1,100}$/i;

const written = z.strictObject({
  name,
  groups: z.array(z.string()).min(1, { error: 'name at least one group' }),
  preset: z
    .enum(Object.keys(FEED_PRESETS) as [keyof typeof FEED_PRESETS], {
      error: `write ${Object.keys(FEED_PRESETS).join(' or ')}`,
    })
    .exactOptional(),
  token: headerSecret.exactOptional(),
  url: z
    .url({ protocol: /^https?$/, error: 'write where the list is, as in https://example.org/list.txt' })
    .exactOptional(),
  headers: z.record(z.string(), headerSecret).default({}),
  file: z.string({ error: 'write the path of the list' }).min(1).exactOptional(),
  // By themselves the whole list; beside url or file, what is open until the first list came.
  addresses: z.array(address).max(5000, { error: 'write at most 5000 addresses' }).exactOptional(),
  format: oneOf('text', 'json', 'xml').exactOptional(),
  // Where the list stands: in JSON data.addresses, in XML Server@host; left out: the whole of it is the list.
  path: z.string().exactOptional(),
  // Nobody's list is worth asking for more often, and a list a week old may be somebody else's addresses.
  every: duration({ least: '1m', most: '7d' }).default(3_600_000),
  max: z
    .int({ error: 'write a whole number from 1 to 5000' })
    .min(1, { error: 'write a whole number from 1 to 5000' })
    .max(5000, { error: 'write a whole number from 1 to 5000' })
    .default(1000),
  ports: z.array(z.int({ error: 'write a port from 1 to 65535' }).min(1).max(65_535)).exactOptional(),
  until: moment.exactOptional(),
  breaks: note.exactOptional(),
  note: note.exactOptional(),
});

type Written = z.output<typeof written>;

const feed = written
  .superRefine((one, context) => {
    const wrong = (message: string, ...path: readonly string[]) =>
      context.addIssue({ code: 'custom', message, path: [...path] });
    const { url, file, addresses, preset, token, headers, path } = one;
    const format = formatOf(one);
    if (url !== undefined && file !== undefined) wrong('write either `url` or `file`');
    if (url === undefined && file === undefined && addresses === undefined && preset === undefined)
      wrong('write `url`, `file`, `addresses` or `preset`');
    if (preset !== undefined && file !== undefined)
      wrong('a preset has its own source; leave it out', 'file');
    if (preset === undefined && token !== undefined)
      wrong('goes with `preset` only; write other secrets below `headers`', 'token');
    if (url === undefined && preset === undefined && Object.keys(headers).length > 0)
      wrong('goes with `url` only', 'headers');
    for (const header of Object.keys(headers)) {
      if (!HEADER_NAME.test(header)) wrong('write the name of a header, as in X-Api-Key', 'headers', header);
      if (OWN_HEADERS.test(header)) wrong('name another header: this one is ours to send', 'headers', header);
    }
    if ((token !== undefined || Object.keys(headers).length > 0) && url !== undefined && isInTheClear(url))
      wrong('write https: what is sent with it is secret', 'url');
    if (path !== undefined && !PATHS[format].test(path)) wrong(WANTED_PATH[format], 'path');
    if (path === undefined && format === 'xml' && preset === undefined) wrong(WANTED_PATH.xml, 'path');
  })
  .transform(resolved);

export const feeds = z.array(feed).default([]);

export interface FeedConfig {
  readonly name: string;
  readonly groups: readonly string[];
  readonly url?: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly file?: string;
  /** The whole list where there is neither url nor file; else what is open until the first list came. */
  readonly addresses: readonly ReturnType<typeof parseIpAddress>[];
  /** When `addresses` were known to be right; absent: the owner wrote them. */
  readonly knownIn?: string;
  readonly format: 'text' | 'json' | 'xml';
  readonly path?: string;
  readonly every: number;
  readonly max: number;
  /** For people: an alias holds addresses only. */
  readonly ports: readonly number[];
  /** Milliseconds since 1970. */
  readonly until?: number;
  /** What does not work without it. */
  readonly breaks: string;
  readonly note: string;
}

function resolved({ preset: presetName, token, ...one }: Written): FeedConfig {
  const preset: FeedPreset | undefined = presetName === undefined ? undefined : FEED_PRESETS[presetName];
  const path = one.path ?? preset?.path;
  // A preset is fetched with the token of its owner, or not at all.
  const url = one.url ?? (token === undefined ? undefined : preset?.url);
  return {
    name: one.name,
    groups: one.groups,
    ...(url === undefined ? {} : { url }),
    headers: {
      ...one.headers,
      ...(token === undefined || preset === undefined ? {} : { [preset.tokenHeader]: token }),
    },
    ...(one.file === undefined ? {} : { file: one.file }),
    addresses: one.addresses ?? preset?.addresses ?? [],
    ...(one.addresses === undefined && preset !== undefined ? { knownIn: preset.knownIn } : {}),
    format: one.format ?? preset?.format ?? 'text',
    ...(path === undefined ? {} : { path }),
    every: one.every,
    max: one.max,
    ports: one.ports ?? preset?.ports ?? [],
    ...(one.until === undefined ? {} : { until: one.until }),
    breaks: one.breaks ?? preset?.breaks ?? '',
    note: one.note ?? preset?.note ?? '',
  };
}

function formatOf({ format, preset }: Pick<Written, 'format' | 'preset'>): FeedConfig['format'] {
  return format ?? (preset === undefined ? 'text' : FEED_PRESETS[preset].format);
}

/** Readable by whoever is on the way; at home nobody else is. */
function isInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || hostname === 'localhost') return false;
  try {
    return !isPrivateAddress(parseIpAddress(hostname.replace(/^\[|\]$/g, '')));
  } catch {
    return true; // A name: it may lead anywhere.
  }
}

const PATHS = {
  text: /^(?!)/,
  json: /^[^.]+(\.[^.]+)*$/,
  xml: /^[\w-]+(\.[\w-]+)*(@[\w:-]+)?$/,
} as const;

const WANTED_PATH = {
  text: 'goes with `format: json` and `format: xml` only',
  json: 'write the keys to the list with dots between them, as in data.addresses',
  xml: 'write the elements with dots between them, and the attribute, as in Server@host',
} as const;
