/**
 * What happens, as it happens: one stream of server-sent events for the whole page.
 *
 *   connecting ─▶ live ◀─▶ lost ── three failures ─▶ polling ── tries again every 15 s ─▶ live
 *
 * A connection that breaks is lost, and so is one on which nothing is heard, not even the heartbeat: of a server that hangs, or a
 * machine that has gone, a browser is told nothing.
 *
 * The page works in every one of these states: what the stream does not bring is asked for again and again.
 */
import type { EventData, EventName, Topic } from './types.ts';

export interface LiveState {
  readonly kind: 'connecting' | 'live' | 'lost' | 'polling';
  /** Milliseconds since 1970, by the browser's clock: when it became so; without a stream, when something was heard last. */
  readonly since: number;
}

export interface Live {
  state(): LiveState;
  subscribe(onChange: () => void): () => void;
  on<Name extends EventName>(name: Name, act: (data: EventData<Name>) => void): () => void;
  /** Queries are many: they are asked for only while somebody looks at them. The returned function ends it. */
  wantQueries(): () => void;
  start(): void;
  stop(): void;
}

export interface LiveOptions {
  /** Where the stream is, for these topics and after this event. */
  readonly url: (topics: readonly Topic[], lastEventId: string) => string;
  readonly open?: (url: string) => EventSource;
  readonly now?: () => number;
}

export function createLive({ url, open = (at) => new EventSource(at), now = Date.now }: LiveOptions): Live {
  const listeners = new Set<() => void>();
  const acts = new Map<EventName, Set<(data: never) => void>>();
  let state: LiveState = { kind: 'connecting', since: now() };
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let heardAt = now();
  let running = false;
  let failures = 0;
  let lastEventId = '';
  let queryReaders = 0;

  const become = (kind: LiveState['kind']) => {
    // Each time it opens is told: between two streams something may have happened.
    if (state.kind === kind && kind !== 'live') return;
    state = { kind, since: kind === 'lost' || kind === 'polling' ? heardAt : now() };
    for (const tell of listeners) tell();
  };
  const connect = () => {
    clearTimeout(retry);
    clearTimeout(silence);
    source?.close();
    if (!running) return;
    const mine = open(url(queryReaders > 0 ? EVERYTHING : USUAL, lastEventId));
    source = mine;
    const lose = () => {
      // A browser tries again by itself, but not after an answer that is no stream; so it is always done here.
      mine.close();
      if (source !== mine) return;
      clearTimeout(silence);
      failures++;
      become(failures >= FAILURES_TO_POLL ? 'polling' : 'lost');
      retry = setTimeout(connect, failures >= FAILURES_TO_POLL ? RETRY_POLLING_MS : RETRY_MS);
    };
    const awaitNext = () => {
      clearTimeout(silence);
      silence = setTimeout(lose, SILENCE_MS);
    };
    const hear = () => {
      if (source !== mine) return;
      heardAt = now();
      awaitNext();
    };
    awaitNext();
    mine.onopen = () => {
      hear();
      failures = 0;
      become('live');
    };
    mine.onerror = lose;
    for (const name of HEARD) mine.addEventListener(name, hear);
    for (const name of acts.keys()) listen(mine, name);
  };
  const listen = (to: EventSource, name: EventName) => {
    to.addEventListener(name, (event: MessageEvent<string>) => {
      if (event.lastEventId !== '') lastEventId = event.lastEventId;
      const data = JSON.parse(event.data) as never;
      for (const act of acts.get(name) ?? []) act(data);
    });
  };

  return {
    state: () => state,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    on(name, act) {
      const known = acts.get(name);
      if (known === undefined) {
        acts.set(name, new Set([act]));
        if (source !== undefined) listen(source, name);
      } else {
        known.add(act);
      }
      return () => acts.get(name)?.delete(act);
    },
    wantQueries() {
      queryReaders++;
      if (queryReaders === 1 && running) connect();
      return () => {
        queryReaders--;
        if (queryReaders === 0 && running) connect();
      };
    },
    start() {
      running = true;
      failures = 0;
      connect();
    },
    stop() {
      running = false;
      clearTimeout(retry);
      clearTimeout(silence);
      source?.close();
      source = undefined;
      lastEventId = '';
      become('connecting');
    },
  };
}

const USUAL: readonly Topic[] = ['denied', 'rule', 'sync', 'leases', 'mode'];
const EVERYTHING: readonly Topic[] = [...USUAL, 'query'];
/** Every event is a sign of life; in the types of the contract, so that none is left out. */
const HEARD = Object.keys({
  'query.batch': true,
  'denied.batch': true,
  'reproduce.changed': true,
  'rule.changed': true,
  'rule.effect': true,
  'sync.state': true,
  'leases.changed': true,
  'mode.changed': true,
  gap: true,
  heartbeat: true,
} satisfies Readonly<Record<EventName, true>>);
const FAILURES_TO_POLL = 3;
/** Milliseconds without a word: two heartbeats, which come every 10 seconds, and some patience. */
const SILENCE_MS = 25_000;
/** Milliseconds. */
const RETRY_MS = 1_000;
const RETRY_POLLING_MS = 15_000;
