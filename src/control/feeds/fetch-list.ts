import { readFile, stat } from 'node:fs/promises';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { createHttpClient } from '../../base/http.ts';
import type { FeedConfig } from '../../config/schema/feeds.ts';

/** What the server said last time, so that it need not send the list again. */
export interface Remembered {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export type Fetched =
  /** Nothing has changed since. */
  { readonly kind: 'same' } | ({ readonly kind: 'list'; readonly text: string } & Remembered);

/** Throws KnownError or TransientDriverError that says in words why no list came. */
export type FetchList = (feed: FeedConfig, remembered: Remembered, signal: AbortSignal) => Promise<Fetched>;

/** Gets the list from where the configuration says it is. */
export const fetchList: FetchList = async (feed, remembered, signal) => {
  if (feed.url !== undefined) return fromServer(feed.url, remembered, signal);
  return {
    kind: 'list',
    text: await fromFile(feed.file ?? '', signal),
    etag: undefined,
    lastModified: undefined,
  };
};

async function fromServer(
  text: string,
  { etag, lastModified }: Remembered,
  signal: AbortSignal,
): Promise<Fetched> {
  const url = new URL(text);
  // Of the whole path, because a slash at its end means something to the server.
  const client = createHttpClient({ url: url.origin, connections: 1, timeoutMs: ANSWER_LIMIT_MS });
  try {
    const response = await client.request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: {
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
        ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
        ...credentials(url),
      },
      signal,
    });
    if (response.status === 304) return { kind: 'same' };
    if (response.status !== 200)
      throw unexpected(response.origin, response.status, response.headers.get('location'));
    if (response.contentType === 'text/html')
      throw new KnownError('feed-refused', `${response.origin} sent a web page, not a list`);
    return {
      kind: 'list',
      text: response.text(),
      etag: response.headers.get('etag'),
      lastModified: response.headers.get('last-modified'),
    };
  } finally {
    await client.close();
  }
}

function credentials(url: URL): { readonly authorization?: string } {
  if (url.username === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function unexpected(origin: string, status: number, location: string | undefined): Error {
  if (location !== undefined)
    return new KnownError('feed-refused', `${origin} sends us elsewhere: ${location}`, {
      hint: 'Write that address as the url of the feed, if it is the right one.',
    });
  return new TransientDriverError(`${origin} answered HTTP ${status}`);
}

async function fromFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_OCTETS) throw new KnownError('feed-refused', `${path} has ${size} octets`);
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || error instanceof KnownError) throw error;
    throw new KnownError('feed-refused', `${path} cannot be read (${code})`, { cause: error });
  }
}

/** Milliseconds for the whole answer: nobody waits for it, and a server that takes longer is not well. */
const ANSWER_LIMIT_MS = 30_000;
/** The same as for what comes over HTTP. */
const MAX_FILE_OCTETS = 16 * 1024 * 1024;
