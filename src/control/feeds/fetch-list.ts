import { readFile, stat } from 'node:fs/promises';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { createHttpClient, type HttpResponse } from '../../base/http.ts';
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
export const fetchList: FetchList = fetchListWithin({ answerMs: 30_000 });

/** Milliseconds for the whole answer: nobody waits for it, and a server that takes longer is not well. */
export function fetchListWithin({ answerMs }: { readonly answerMs: number }): FetchList {
  return async (feed, remembered, signal) => {
    if (feed.url !== undefined) return fromServer(feed.url, { feed, remembered, signal, answerMs });
    return {
      kind: 'list',
      text: await fromFile(feed.file ?? '', signal),
      etag: undefined,
      lastModified: undefined,
    };
  };
}

interface Request {
  readonly feed: Pick<FeedConfig, 'headers'>;
  readonly remembered: Remembered;
  readonly signal: AbortSignal;
  readonly answerMs: number;
}

async function fromServer(
  text: string,
  { feed, remembered: { etag, lastModified }, signal, answerMs }: Request,
): Promise<Fetched> {
  const url = new URL(text);
  // Of the whole path, because a slash at its end means something to the server.
  const client = createHttpClient({
    url: url.origin,
    connections: 1,
    timeoutMs: answerMs,
    maxOctets: MAX_LIST_OCTETS,
  });
  try {
    const response = await client.request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: {
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
        ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
        ...credentials(url),
        ...feed.headers,
      },
      signal,
    });
    if (response.status === 304) return { kind: 'same' };
    assertList(response);
    return {
      kind: 'list',
      text: response.text(),
      etag: response.headers.get('etag'),
      lastModified: response.headers.get('last-modified'),
    };
  } catch (error) {
    throw inWords(error);
  } finally {
    await client.close();
  }
}

function credentials(url: URL): { readonly authorization?: string } {
  if (url.username === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function assertList({ origin, status, headers, contentType }: HttpResponse): void {
  const location = headers.get('location');
  if (location !== undefined)
    throw new KnownError('feed-refused', `${origin} sends us elsewhere: ${location}`, {
      hint: 'Write that address as the url of the feed, if it is the right one.',
    });
  if (status === 401 || status === 403)
    throw new KnownError(
      'feed-refused',
      `${origin} answered HTTP ${status}: it does not take our token or password`,
      {
        hint: 'Look whether the secret of the feed is still the right one.',
      },
    );
  if (status !== 200) throw new TransientDriverError(`${origin} answered HTTP ${status}`);
  if (contentType === 'text/html' || contentType === 'application/xhtml+xml')
    throw new KnownError('feed-refused', `${origin} sent a web page, not a list`);
  // We ask for none, and unpack none: a few octets may unpack to all of the memory.
  const encoding = headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new KnownError(
      'feed-refused',
      `${origin} sent the list packed (${encoding}), which it was not asked to`,
    );
}

/** What our client says of a firewall's answers, said of a list. */
function inWords(error: unknown): unknown {
  if (!(error instanceof KnownError) || !OF_FIREWALLS.has(error.code)) return error;
  return new KnownError('feed-refused', error.message, { cause: error.cause });
}

const OF_FIREWALLS: ReadonlySet<string> = new Set(['firewall-misconfigured', 'certificate-untrusted']);

async function fromFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_LIST_OCTETS) throw new KnownError('feed-refused', `${path} has ${size} octets`);
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || error instanceof KnownError) throw error;
    throw new KnownError('feed-refused', `${path} cannot be read (${code})`, { cause: error });
  }
}

/** Octets of a list: 5000 addresses with 400 octets around each. Reading stops there. */
const MAX_LIST_OCTETS = 2 * 1024 * 1024;
