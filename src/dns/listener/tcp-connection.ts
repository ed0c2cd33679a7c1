/** One client's connection: many questions, answered in the order they are finished (RFC 7766 section 6.2.1.1). */
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { HEADER_OCTETS } from '../wire/constants.ts';
import { createFrameReader, frameMessage } from '../wire/frame.ts';
import type { Client, Handler, OnTrouble } from './listener.ts';
import type { TcpLimits } from './tcp.ts';

export interface TcpConnection {
  /** Reads nothing more; ends when what is under way is answered. */
  drain(): void;
}

export interface TcpConnectionDeps {
  readonly client: Client;
  readonly handler: Handler;
  readonly limits: TcpLimits;
  readonly clock: Clock;
  readonly onTrouble: OnTrouble;
}

export function serveConnection(socket: Socket, deps: TcpConnectionDeps): TcpConnection {
  const { client, handler, limits, clock } = deps;
  const frames = createFrameReader();
  /** Whole messages that wait for a place among those in flight. */
  const waiting: Buffer[] = [];
  let inFlight = 0;
  /** The client has said all it will, or we want to hear no more. */
  let isDone = false;
  const idle = restartable(clock, limits.idleMs, () => socket.destroy());
  const message = restartable(clock, limits.messageMs, () => socket.destroy());

  let isGoing = false;
  /** Hands on what it may, and reads on only when nothing waits: neither questions here nor answers in the socket. */
  const go = (): void => {
    if (isGoing) return; // an answer given at once comes back here: the loop below goes on by itself
    isGoing = true;
    while (waiting.length > 0 && hasRoom()) ask();
    isGoing = false;
    if (isDone && waiting.length === 0 && inFlight === 0) socket.destroySoon();
    else if (isDone || waiting.length > 0 || !hasRoom()) socket.pause();
    else socket.resume();
  };
  const hasRoom = (): boolean => inFlight < limits.inFlight && !socket.writableNeedDrain;

  const ask = (): void => {
    const packet = waiting.shift();
    if (packet === undefined) return;
    inFlight += 1;
    let isAnswered = false;
    handler(packet, client, (octets) => {
      if (isAnswered) return;
      isAnswered = true;
      inFlight -= 1;
      if (socket.destroyed) return;
      socket.write(frameMessage(octets));
      idle.restart();
      go();
    });
  };

  socket.on('data', (chunk) => {
    if (typeof chunk === 'string') return; // only ever with setEncoding
    const messages = frames.push(chunk);
    if (messages.some((octets) => octets.length < HEADER_OCTETS)) {
      socket.destroy(); // whoever sends this does not speak DNS
      return;
    }
    if (messages.length > 0) {
      idle.restart();
      message.stop();
    }
    if (frames.isInside()) message.start();
    waiting.push(...messages);
    go();
  });
  socket.on('drain', go);
  socket.on('end', () => {
    isDone = true;
    message.stop();
    go();
  });
  socket.on('error', deps.onTrouble);
  socket.once('close', () => {
    idle.stop();
    message.stop();
  });
  idle.start();

  return {
    drain() {
      isDone = true;
      message.stop();
      go();
    },
  };
}

interface Timer {
  /** Does nothing while it is running. */
  start(): void;
  restart(): void;
  stop(): void;
}

function restartable(clock: Clock, ms: number, callback: () => void): Timer {
  let cancel: (() => void) | undefined;
  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };
  const start = (): void => {
    cancel ??= clock.after(ms, callback);
  };
  return {
    start,
    stop,
    restart() {
      stop();
      start();
    },
  };
}
