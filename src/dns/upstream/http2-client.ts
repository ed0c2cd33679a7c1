import {
  type Http2Answer,
  type Http2Request,
  type Http2Server,
  type Http2Session,
  http2Session,
  MAX_STREAMS,
} from './http2-session.ts';

/** POSTs to one server, on a session that is kept. Every request may be sent twice without harm. */
export interface Http2Client {
  /** Rejects when no whole answer came, or the signal was aborted. */
  post(request: Http2Request, signal: AbortSignal): Promise<Http2Answer>;
  close(): void;
}

/**
 *   the server says GOAWAY             -> what is under way may end there, what is new goes to a new session
 *   a stream is refused, or the session
 *   dies under it                      -> the request is sent again, a few times
 *   as many streams as the server takes -> requests wait for their turn, in their order
 */
export function createHttp2Client(server: Http2Server): Http2Client {
  let current: Http2Session | undefined;
  /** With those that take no more, but have requests under way. */
  const sessions = new Set<Http2Session>();
  const waiting = new Set<() => void>();
  let isClosed = false;

  /** A turn for as many as there is room for. */
  const admit = (): void => {
    for (const go of waiting) {
      if (current?.takesMore() === false) return;
      waiting.delete(go);
      go();
    }
  };

  const session = (): Http2Session => {
    if (current?.isUsable() === true) return current;
    // A server that closes its sessions after so many requests gets no more than that at once in the next one.
    const atOnce = Math.max(current?.cutShortAt() ?? MAX_STREAMS, LEAST_AT_ONCE);
    const opened = http2Session({ ...server, atOnce, onRoom: admit, onEnd: () => sessions.delete(opened) });
    sessions.add(opened);
    current = opened;
    return opened;
  };

  const turn = (signal: AbortSignal): Promise<void> | undefined => {
    if (session().takesMore()) return undefined;
    if (waiting.size >= MAX_WAITING) throw new Error(`more than ${MAX_WAITING} requests wait for it`);
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        waiting.delete(go);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(go);
    });
  };

  return {
    async post(request, signal) {
      let lost: Error | undefined;
      for (let i = 0; i < TRIES; i++) {
        if (isClosed) throw new Error('closed');
        signal.throwIfAborted();
        // Another one may have taken the room between the turn and now.
        for (let go = turn(signal); go !== undefined; go = turn(signal)) await go;
        const answer = await session().post(request, signal);
        if (answer.kind === 'answer') return answer.answer;
        lost = answer.cause;
      }
      throw lost ?? new Error('no try was made');
    },
    close() {
      isClosed = true;
      for (const opened of sessions) opened.close();
      admit();
    },
  };
}

/** The request, and so often again where the session ended before its answer. */
const TRIES = 6;
/** Requests at once, however early a server closed the session before. */
const LEAST_AT_ONCE = 10;
/** Requests behind those that the server takes at once; more would wait longer than any client does. */
const MAX_WAITING = 1000;
