import type { Clock } from '../../base/clock.ts';
import type { Response } from '../wire/response.ts';
import { type Dial, type StreamConnection, streamConnection } from './stream-connection.ts';
import { timedOut, type UpstreamQuestion, unreachable } from './upstream.ts';

/** One server over TCP or TLS: connections are kept, and many questions are under way on each (RFC 7766 section 6.2.1). */
export interface Stream {
  ask(question: UpstreamQuestion, edns: boolean, signal: AbortSignal): Promise<Response>;
  /** Messages that answered nothing we had asked. */
  mismatched(): number;
  close(): void;
}

export interface StreamOptions {
  /** Of the upstream, for messages. */
  readonly id: string;
  readonly dial: Dial;
  readonly clock: Clock;
  /** Milliseconds without a question after which a connection is closed. */
  readonly idleMs: number;
  readonly encrypted: boolean;
}

export function createStream(options: StreamOptions): Stream {
  const { id, clock } = options;
  /** Each with its number, in the order they were opened. */
  const connections = new Map<StreamConnection, number>();
  let mismatched = 0;
  let isClosed = false;
  let opened = 0;

  const connect = (): StreamConnection => {
    const connection = streamConnection({
      ...options,
      onMismatch() {
        mismatched += 1;
      },
      onEnd: () => connections.delete(connection),
    });
    connections.set(connection, opened);
    opened += 1;
    return connection;
  };

  /**
   * The one with the least to do, unless it is full or looks dead, and another one may still be opened. What was lost
   * goes to one opened since: the others may be about to close as well.
   */
  const pick = (since: number): StreamConnection => {
    const now = clock.now();
    const [best] = [...connections]
      .filter(([, number]) => number >= since)
      .map(([connection]) => connection)
      .sort((a, b) => Number(a.looksDead(now)) - Number(b.looksDead(now)) || a.underway() - b.underway());
    if (best === undefined) return connect();
    const wantsAnother = best.looksDead(now) || best.underway() >= PIPELINED;
    return wantsAnother && connections.size < MAX_CONNECTIONS ? connect() : best;
  };

  return {
    async ask(question, edns, signal) {
      let lost: unknown;
      let since = 0;
      // A kept connection may be closed by the other side while the question is on its way: that is no failure yet.
      for (let left = TRIES; left > 0; ) {
        if (isClosed) throw unreachable(id, new Error('closed'));
        if (signal.aborted) throw timedOut(id);
        const connection = pick(since);
        since = opened;
        const answer = await connection.ask(question, edns, signal);
        if (answer.kind === 'answer') return answer.response;
        lost = answer.cause;
        // A server may close after each answer, whatever waits behind it (RFC 7766 section 6.2.1.1): it is the others' turn.
        if (!answer.served) left -= 1;
      }
      throw unreachable(id, lost);
    },
    mismatched: () => mismatched,
    close() {
      isClosed = true;
      for (const connection of connections.keys()) connection.close();
    },
  };
}

/** The question, and twice more when the connection died under it without a word: it may be its fault. */
const TRIES = 3;
/** Questions on one connection before another is opened beside it: some servers work through them one by one. */
const PIPELINED = 64;
/** To one server; the most busy home needs one. */
const MAX_CONNECTIONS = 4;
