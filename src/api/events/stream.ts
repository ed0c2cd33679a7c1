/**
 * One reader of server-sent events. It takes events from the memory as fast as its connection takes octets: what a slow one has
 * not got to stays where it is for all, and what is gone by then it is told as a gap. So a reader costs one write's worth of memory.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { Topic } from '../contract/events.ts';
import type { Events } from './events.ts';

export interface StreamOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly topics: readonly Topic[];
  /** Of the last event that was read before. */
  readonly after: string | undefined;
  /** False once whoever reads may not any more. */
  readonly mayRead: () => boolean;
  readonly onEnd: () => void;
}

export function streamEvents(response: ServerResponse, options: StreamOptions): void {
  const { clock, events, topics, after, mayRead, onEnd } = options;
  const reader = events.read(topics, after, () => pump());
  let checkedAt = clock.now();
  let ticks = 0;
  let stalledTicks = 0;
  let ended = false;
  let cancelTick = () => {};

  const isOver = () => {
    if (ended) return true;
    const now = clock.now();
    if (now - checkedAt < CHECK_EVERY_MS) return false;
    checkedAt = now;
    if (!mayRead()) response.end();
    return response.writableEnded;
  };
  const pump = () => {
    if (isOver()) return;
    while (!response.writableNeedDrain) {
      const text = reader.next();
      if (text === undefined) return;
      response.write(text);
    }
  };
  const tick = () => {
    if (isOver()) return;
    ticks++;
    stalledTicks = response.writableNeedDrain ? stalledTicks + 1 : 0;
    if (stalledTicks >= STALLED_TICKS) {
      response.destroy();
      return;
    }
    if (ticks % HEARTBEAT_TICKS === 0 && !response.writableNeedDrain) response.write(HEARTBEAT);
    cancelTick = clock.after(TICK_MS, tick);
  };

  response.on('drain', pump);
  response.on('close', () => {
    ended = true;
    cancelTick();
    reader.close();
    onEnd();
  });
  // A connection that breaks is closed next, which is all there is to do about it.
  response.on('error', () => response.destroy());
  response.write(
    after === undefined ? `retry: ${RETRY_MS}\nid: ${reader.start}\n\n` : `retry: ${RETRY_MS}\n\n`,
  );
  cancelTick = clock.after(TICK_MS, tick);
  pump();
}

/** Milliseconds: after a sign-out or the end of a token nothing is told for longer than this, and the stream ends at the next tick. */
const CHECK_EVERY_MS = 1000;
const TICK_MS = 5000;
/** Every 10 seconds: a page takes 25 without a word for the end of the server, and proxies give up after 60. */
const HEARTBEAT_TICKS = 2;
/** An event and no comment: a browser does not show comments to the page. */
const HEARTBEAT = 'event: heartbeat\ndata: {}\n\n';
/** A minute in which the other side took nothing. */
const STALLED_TICKS = 12;
/** Milliseconds after which a browser comes back when the stream has broken. */
const RETRY_MS = 3000;
