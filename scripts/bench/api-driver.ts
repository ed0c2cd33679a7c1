/** Requests of the API at a steady pace, as dashboards and scripts make them, and readers of its stream of events. */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Agent, request as send } from 'undici';
import { API_TOKEN, type SallyportServer } from './servers.ts';

export interface ApiLoad {
  /** Milliseconds of each answer, from when the request was due: a server that falls behind cannot hide it. */
  readonly ms: readonly number[];
  /** Events that came over the streams, all together. */
  readonly events: number;
}

export interface ApiLoadOptions {
  readonly server: SallyportServer;
  readonly requestsPerSecond: number;
  readonly streams: number;
  readonly seconds: number;
}

/** Throws when an answer is not 2xx or a stream ends before its time. */
export async function driveApi(options: ApiLoadOptions): Promise<ApiLoad> {
  const { server, requestsPerSecond, seconds } = options;
  const over = new AbortController();
  let events = 0;
  const tokens = await Promise.all(
    Array.from({ length: Math.ceil(options.streams / STREAMS_OF_ONE) }, () => makeToken(server)),
  );
  const readers = Array.from({ length: options.streams }, (_, i) =>
    readStream(server, tokens[i % tokens.length] ?? API_TOKEN, over.signal, () => {
      events += 1;
    }),
  );
  const began = performance.now();
  const answers = Array.from({ length: requestsPerSecond * seconds }, async (_, i) => {
    const due = began + (i * 1_000) / requestsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
    await request(server, PATHS[i % PATHS.length] ?? '/status');
    return performance.now() - due;
  });
  try {
    const ms = await Promise.race([Promise.all(answers), Promise.all(readers).then(endedEarly)]);
    return { ms, events };
  } finally {
    over.abort();
    await Promise.all(readers);
  }
}

/** Somebody else who reads: one user has ten streams at most. */
async function makeToken(server: SallyportServer): Promise<string> {
  const { body, statusCode } = await send(urlOf(server, '/tokens'), {
    method: 'POST',
    headers: { ...HEADERS, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `reader-${randomUUID()}`, role: 'viewer' }),
  });
  const { secret } = (await body.json()) as { secret?: string };
  if (secret === undefined) throw new Error(`POST /tokens: ${statusCode}`);
  return secret;
}
const STREAMS_OF_ONE = 10;

/** As many as some browsers and scripts keep open; one client gets no more than 200. */
const connections = new Agent({ connections: 50 });

/** What the page and a dashboard ask for. */
const PATHS = [
  '/summary',
  '/status',
  '/denials?state=waiting',
  '/leases?group=bench',
  '/rules?group=bench',
  '/queries?limit=50',
  '/queries?verdict=denied&limit=50',
  '/firewalls',
  '/groups',
  '/audit?limit=50',
] as const;

async function request(server: SallyportServer, path: string): Promise<void> {
  const { body, statusCode } = await send(urlOf(server, path), { headers: HEADERS, dispatcher: connections });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${text}`);
}

/** Reads until `signal`; one call for each event. */
async function readStream(
  server: SallyportServer,
  token: string,
  signal: AbortSignal,
  onEvent: () => void,
): Promise<void> {
  try {
    const { body, statusCode } = await send(
      urlOf(server, '/events?topics=query,denied,rule,sync,leases,mode'),
      {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal,
        bodyTimeout: 0,
      },
    );
    if (statusCode !== 200) throw new Error(`GET /events: ${statusCode} ${await body.text()}`);
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>)
      for (let at = chunk.indexOf('\nevent:'); at >= 0; at = chunk.indexOf('\nevent:', at + 1)) onEvent();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function endedEarly(): never {
  throw new Error('a stream of events ended before its time');
}

const HEADERS = { authorization: `Bearer ${API_TOKEN}` };
const urlOf = ({ web }: SallyportServer, path: string) => `http://127.0.0.1:${web}/api/v1${path}`;
