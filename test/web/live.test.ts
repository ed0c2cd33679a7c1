import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLive } from '../../web/src/api/live.ts';
import type { EventData } from '../../web/src/api/types.ts';

/** A stream as a browser has it, opened and broken by hand. */
class Source extends EventTarget {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
  }
  close() {
    this.closed = true;
  }
  tell(name: string, data: unknown, lastEventId: string) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }));
  }
}

let sources: Source[];
const last = () => sources.at(-1) as Source;
const start = () => {
  const live = createLive({
    url: (topics, lastEventId) => `${topics.join(',')} after ${lastEventId}`,
    open(url) {
      sources.push(new Source(url));
      return last() as unknown as EventSource;
    },
  });
  live.start();
  return live;
};
beforeEach(() => {
  sources = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('it goes on after the event it read last, and counts as live again', () => {
  const live = start();
  const told: EventData<'leases.changed'>[] = [];
  live.on('leases.changed', (data) => told.push(data));
  last().onopen?.();
  expect(live.state().kind).toBe('live');
  last().tell('leases.changed', { addresses: [], more: false, open: 3 }, '17');
  expect(told).toEqual([{ addresses: [], more: false, open: 3 }]);

  last().onerror?.();
  expect(live.state().kind).toBe('lost');
  vi.advanceTimersByTime(1_000);
  expect(last().url).toBe('denied,rule,sync,leases,mode after 17');
  last().onopen?.();
  expect(live.state().kind).toBe('live');
});

test('after three failures the page polls, and the stream is tried again every 15 seconds', () => {
  const live = start();
  for (const kind of ['lost', 'lost', 'polling']) {
    last().onerror?.();
    expect(live.state().kind).toBe(kind);
    vi.advanceTimersByTime(1_000);
  }
  expect(sources).toHaveLength(3);
  vi.advanceTimersByTime(14_000);
  expect(sources).toHaveLength(4);
  last().onopen?.();
  expect(live.state().kind).toBe('live');
});

test('queries are asked for only while somebody looks at them, and what was heard before is not heard twice', () => {
  const live = start();
  live.on('leases.changed', () => undefined);
  last().onopen?.();
  last().tell('leases.changed', {}, '5');
  const first = live.wantQueries();
  const second = live.wantQueries();
  expect(sources).toHaveLength(2);
  first();
  expect(sources).toHaveLength(2);
  second();
  expect(sources.map(({ closed }) => closed)).toEqual([true, true, false]);
  expect(sources.map(({ url }) => url)).toEqual([
    'denied,rule,sync,leases,mode after ',
    'denied,rule,sync,leases,mode,query after 5',
    'denied,rule,sync,leases,mode after 5',
  ]);
});

test('once it is stopped nothing comes back', () => {
  const live = start();
  last().onerror?.();
  live.stop();
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
});

test('silence is a loss too: of a server that hangs a browser is told nothing', () => {
  const live = start();
  last().onopen?.();
  vi.advanceTimersByTime(10_000);
  last().tell('heartbeat', {}, '');
  const heardAt = Date.now();
  vi.advanceTimersByTime(24_000);
  expect(live.state().kind).toBe('live');
  vi.advanceTimersByTime(1_000);
  expect(live.state()).toEqual({ kind: 'lost', since: heardAt });
  expect(last().closed).toBe(true);

  // The next ones are taken by the machine and never answered.
  vi.advanceTimersByTime(1_000 + 25_000 + 1_000 + 25_000);
  expect(live.state()).toEqual({ kind: 'polling', since: heardAt });
  vi.advanceTimersByTime(15_000);
  last().onopen?.();
  expect(live.state().kind).toBe('live');
});

test('any event is a sign of life, whether or not the page acts on it', () => {
  const live = start();
  last().onopen?.();
  for (const name of ['rule.changed', 'query.batch', 'gap', 'heartbeat']) {
    vi.advanceTimersByTime(20_000);
    last().tell(name, {}, '9');
  }
  expect(live.state().kind).toBe('live');
  live.stop();
  vi.advanceTimersByTime(60_000);
  expect(live.state().kind).toBe('connecting');
  expect(sources).toHaveLength(1);
});
