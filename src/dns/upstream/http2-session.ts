import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { MAX_MESSAGE_OCTETS } from '../wire/constants.ts';

/** One HTTP/2 session, with the requests that are under way on it. */
export interface Http2Session {
  /** Lost: the server did not answer it and it may be sent again, on another session. Rejects when that is no use. */
  post(
    request: Http2Request,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'answer'; readonly answer: Http2Answer }
    | { readonly kind: 'lost'; readonly cause: Error }
  >;
  /** False once the server has said GOAWAY, or the connection is gone. */
  isUsable(): boolean;
  takesMore(): boolean;
  /** How many requests it answered before the server would take no more; undefined where it never said so. */
  cutShortAt(): number | undefined;
  close(): void;
}

export interface Http2Request {
  readonly path: string;
  readonly mediaType: string;
  readonly body: Buffer;
}

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Http2Server {
  /** The :authority of the requests. */
  readonly authority: string;
  readonly dial: (signal: AbortSignal) => Promise<TLSSocket>;
  readonly clock: Clock;
}

export interface Http2SessionOptions extends Http2Server {
  /** Requests under way at first; as many more are as were answered. */
  readonly atOnce: number;
  /** There may be room for another request, here or on a session to come. */
  readonly onRoom: () => void;
  readonly onEnd: () => void;
}

export function http2Session({
  authority,
  dial,
  clock,
  atOnce,
  onRoom,
  onEnd,
}: Http2SessionOptions): Http2Session {
  const dialling = new AbortController();
  let state: 'opening' | 'open' | 'over' = 'opening';
  let http2: ClientHttp2Session | undefined;
  let underway = 0;
  let answered = 0;
  let isCutShort = false;
  let heardAt = clock.now();
  let cancelIdle = (): void => undefined;
  let cancelPong = (): void => undefined;

  /** Takes no new requests; those under way may still end. */
  const retire = (): void => {
    state = 'over';
    cancelIdle();
    onRoom();
  };
  const destroy = (cause?: Error): void => {
    cancelPong();
    dialling.abort();
    http2?.destroy(cause);
    retire();
    onEnd();
  };
  const opening = dial(dialling.signal).then((socket) => {
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      throw new Error('it does not speak HTTP/2');
    }
    http2 = openOver(socket, authority);
    state = 'open';
    heardAt = clock.now();
    // Said again by the requests under way, and by the close.
    http2.on('error', retire);
    http2.on('goaway', () => {
      isCutShort = true;
      retire();
    });
    http2.on('close', () => destroy());
    // Requests that wait may find room where the server allows more than it was thought to.
    http2.on('remoteSettings', onRoom);
    http2.on('ping', () => {
      heardAt = clock.now();
    });
    return http2;
  });
  // Those who wait for it are told; when nobody waits, nobody minds.
  opening.catch(() => destroy());

  /** After a silence a connection may be dead without a word: a ping finds out, and slow names do not matter to it. */
  const pingAfterSilence = (session: ClientHttp2Session): void => {
    if (clock.now() - heardAt < SILENCE_MS || session.destroyed) return;
    heardAt = clock.now();
    cancelPong();
    cancelPong = clock.after(PONG_LIMIT_MS, () => destroy(new Error(`no pong in ${PONG_LIMIT_MS} ms`)));
    session.ping(() => cancelPong());
  };

  const begin = (): void => {
    underway += 1;
    cancelIdle();
  };
  const finish = (): void => {
    underway -= 1;
    if (underway === 0 && state === 'open') {
      cancelIdle();
      cancelIdle = clock.after(IDLE_MS, () => {
        retire();
        http2?.close();
      });
    }
    onRoom();
  };

  return {
    isUsable: () => state !== 'over',
    cutShortAt: () => (isCutShort ? answered : undefined),
    takesMore: () => {
      const allowed = http2?.remoteSettings?.maxConcurrentStreams ?? MAX_STREAMS;
      return state === 'over' || underway < Math.min(allowed, MAX_STREAMS, Math.max(atOnce, answered));
    },
    async post(request, signal) {
      begin();
      try {
        const session = await unlessAborted(opening, signal);
        if (session.destroyed || session.closed)
          return { kind: 'lost', cause: new Error('the session ended') };
        pingAfterSilence(session);
        const answer = await send(session, authority, request, signal);
        if (answer.kind === 'answer') {
          heardAt = clock.now();
          answered += 1;
        }
        return answer;
      } finally {
        finish();
      }
    },
    close: () => destroy(),
  };
}

function openOver(socket: TLSSocket, authority: string): ClientHttp2Session {
  return connect(`https://${authority}`, {
    createConnection: () => socket,
    // The server pushes nothing, and has no reason to send long headers.
    settings: { enablePush: false },
    maxHeaderListPairs: MAX_HEADERS,
    maxSessionMemory: MAX_SESSION_MEGABYTES,
  });
}

function send(
  session: ClientHttp2Session,
  authority: string,
  { path, mediaType, body }: Http2Request,
  signal: AbortSignal,
): ReturnType<Http2Session['post']> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      {
        ':method': 'POST',
        ':authority': authority,
        ':path': path,
        accept: mediaType,
        'content-type': mediaType,
        'content-length': body.length,
      },
      { endStream: false },
    );
    let head: IncomingHttpHeaders | undefined;
    let status = 0;
    let failed: Error | undefined;
    const chunks: Buffer[] = [];
    let length = 0;

    const giveUp = (cause: Error): void => {
      failed ??= cause;
      stream.close(constants.NGHTTP2_CANCEL);
      reject(cause);
    };
    const onAbort = (): void => giveUp(new Error('no answer in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    stream.on('response', (headers) => {
      head = headers;
      status = headers[':status'] ?? 0;
    });
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_MESSAGE_OCTETS) giveUp(new Error(`a body of more than ${MAX_MESSAGE_OCTETS} octets`));
      else chunks.push(chunk);
    });
    stream.on('error', (cause) => {
      failed ??= cause;
    });
    stream.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      const isWhole = stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.readableEnded;
      if (failed === undefined && head !== undefined && isWhole) {
        resolve({ kind: 'answer', answer: { status, headers: head, body: Buffer.concat(chunks) } });
      } else {
        // A question of ours changes nothing, so it may be put again whatever became of it.
        resolve({ kind: 'lost', cause: failed ?? new Error('the stream ended without an answer') });
      }
    });
    stream.end(body);
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Requests under way at once, where the server allows as many: what RFC 9113 section 6.5.2 recommends as the least. */
export const MAX_STREAMS = 100;
/** Milliseconds without a request after which the session is closed. */
const IDLE_MS = 30_000;
/** Milliseconds without a word from the server after which the next request comes with a ping. */
const SILENCE_MS = 1000;
/** Milliseconds for the way there and back; every server answers a ping at once. */
const PONG_LIMIT_MS = 1000;
/** Of one response; DoH servers send ten. */
const MAX_HEADERS = 64;
/** Of all buffers of a session: 100 answers of the greatest size. */
const MAX_SESSION_MEGABYTES = 10;
