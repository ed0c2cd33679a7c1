/** Requests of the API at a steady pace, as dashboards and scripts make them, and readers of its stream of events. */
import { performance } from 'node:perf_hooks';
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
  const readers = Array.from({ length: options.streams }, () =>
    readStream(server, over.signal, () => {
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
  const response = await fetch(urlOf(server, path), { headers: HEADERS });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text}`);
}

/** Reads until `signal`; one call for each event. */
async function readStream(server: SallyportServer, signal: AbortSignal, onEvent: () => void): Promise<void> {
  try {
    const response = await fetch(urlOf(server, '/events?topics=query,denied,rule,sync,leases,mode'), {
      headers: { ...HEADERS, accept: 'text/event-stream' },
      signal,
    });
    if (!response.ok || response.body === null)
      throw new Error(`GET /events: ${response.status} ${await response.text()}`);
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream()))
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
