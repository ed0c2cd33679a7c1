import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { createFrameReader, frameMessage } from '../wire/frame.ts';
import type { Response } from '../wire/response.ts';
import { freeId, type Outgoing, outgoing, readAnswer } from './exchange.ts';
import { timedOut, UpstreamFailure, type UpstreamQuestion, unreachable } from './upstream.ts';

/** Opens a way to the server. What it resolves to is open, and with TLS the server has proved its name. */
export type Dial = (signal: AbortSignal) => Promise<Socket>;

/** One connection of a stream, with the questions that are under way on it. */
export interface StreamConnection {
  /** Lost: it was open, and ended before the answer came; the question may be put again. Served: it answered others before. */
  ask(
    question: UpstreamQuestion,
    edns: boolean,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'answer'; readonly response: Response }
    | { readonly kind: 'lost'; readonly cause: Error; readonly served: boolean }
  >;
  underway(): number;
  /** Nothing came for so long, although something was asked, that another connection is worth its cost. */
  looksDead(now: number): boolean;
  close(): void;
}

export interface ConnectionOptions {
  readonly id: string;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly encrypted: boolean;
  readonly onMismatch: () => void;
  readonly onEnd: () => void;
}

interface Waiting {
  readonly sent: Outgoing;
  answer(answer: Response | UpstreamFailure): void;
  lose(cause: Error): void;
}

export function streamConnection(options: ConnectionOptions): StreamConnection {
  const { id, clock, encrypted } = options;
  const waiting = new Map<number, Waiting>();
  /** Those of them that were not written yet. */
  const outbox = new Set<Waiting>();
  const frames = createFrameReader();
  const dialling = new AbortController();
  let socket: Socket | undefined;
  let isEnded = false;
  let isWriting = false;
  let mismatches = 0;
  let served = false;
  let waitsSince = clock.now();
  let cancelIdle = (): void => undefined;

  const end = (settle: (asked: Waiting) => void): void => {
    if (isEnded) return;
    isEnded = true;
    cancelIdle();
    dialling.abort();
    socket?.destroy();
    options.onEnd();
    const left = [...waiting.values()];
    waiting.clear();
    for (const asked of left) settle(asked);
  };
  const lose = (cause: Error): void => end((asked) => asked.lose(cause));

  const onData = (chunk: Buffer): void => {
    waitsSince = clock.now();
    for (const message of frames.push(chunk)) {
      const asked = message.length < 2 ? undefined : waiting.get(message.readUInt16BE(0));
      const answer = asked && readAnswer(id, message, asked.sent.expected);
      if (answer === undefined) {
        options.onMismatch();
        mismatches += 1;
        if (mismatches > MAX_MISMATCHES) lose(new Error('answers to questions that were not asked'));
      } else {
        served = true;
        asked?.answer(answer);
      }
    }
  };

  /**
   * Each message by itself, so that each is a TLS record: Node would join what is written together, and a server that
   * takes one message out of a record may wait in vain for the next to arrive (dnsdist 1.7 does).
   */
  const writeNext = (): void => {
    if (socket === undefined || isWriting || isEnded) return;
    const [next] = outbox;
    if (next === undefined) return;
    outbox.delete(next);
    isWriting = true;
    socket.write(frameMessage(next.sent.octets), () => {
      isWriting = false;
      writeNext();
    });
  };

  const idleFromNow = (): void => {
    cancelIdle();
    cancelIdle = clock.after(options.idleMs, () => lose(new Error('idle')));
  };

  options.dial(dialling.signal).then(
    (opened) => {
      if (isEnded) {
        opened.destroy();
        return;
      }
      socket = opened;
      if (opened.destroyed) {
        lose(new Error('closed without an answer'));
        return;
      }
      waitsSince = clock.now();
      opened.on('error', lose);
      opened.on('close', () => lose(new Error('closed without an answer')));
      opened.on('end', () => lose(new Error('closed without an answer')));
      opened.on('data', onData);
      writeNext();
    },
    // Not a question was sent: asked again at once, it would fail again.
    (cause) => end((asked) => asked.answer(unreachable(id, cause))),
  );

  return {
    ask: (question, edns, signal) =>
      new Promise((resolve, reject) => {
        cancelIdle();
        if (waiting.size === 0) waitsSince = clock.now();
        const messageId = freeId(waiting);
        // In lower case: the connection proves who answers, and servers that change the case are served as well.
        const sent = outgoing(question, { id: messageId, edns, encrypted });
        const finish = (): void => {
          signal.removeEventListener('abort', onAbort);
          waiting.delete(messageId);
          outbox.delete(asked);
          if (waiting.size === 0 && !isEnded) idleFromNow();
        };
        const onAbort = (): void => {
          finish();
          reject(timedOut(id));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const asked: Waiting = {
          sent,
          answer(answer) {
            finish();
            if (answer instanceof UpstreamFailure) reject(answer);
            else resolve({ kind: 'answer', response: answer });
          },
          lose(cause) {
            finish();
            resolve({ kind: 'lost', cause, served });
          },
        };
        waiting.set(messageId, asked);
        outbox.add(asked);
        writeNext();
      }),
    underway: () => waiting.size,
    looksDead: (now) => waiting.size > 0 && now - waitsSince > DEAD_AFTER_MS,
    close: () => lose(new Error('closed')),
  };
}

/** Milliseconds; a name may take longer, and its answer is still taken when it comes. */
const DEAD_AFTER_MS = 800;
/** On one connection; answers to questions given up are among them. */
const MAX_MISMATCHES = 1000;
