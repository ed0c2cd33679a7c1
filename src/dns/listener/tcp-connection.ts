/** One client's connection: many questions, answered in the order they are finished (RFC 7766 section 6.2.1.1). */
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { HEADER_OCTETS } from '../wire/constants.ts';
import { frameMessage } from '../wire/frame.ts';
import { type Alarm, createAlarm } from './alarm.ts';
import type { CloseReason, ConnectionTable, TableEntry } from './connection-table.ts';
import type { Client, Handler, OnTrouble } from './listener.ts';
import { createReceived } from './received.ts';

export interface ConnectionLimits {
  /** Questions of one connection under way at once; more are left in the socket. */
  readonly inFlight: number;
  /** Milliseconds without a whole message in or an answer out (RFC 7766 section 6.2.3), whatever is under way. */
  readonly idleMs: number;
  /** Milliseconds from the first octet of a message to its last. */
  readonly messageMs: number;
  /** Milliseconds an answer may wait for its client to read it. */
  readonly unreadMs: number;
  /** Octets of answers that may wait for their client. */
  readonly unreadOctets: number;
}

export interface TcpConnection extends TableEntry {
  /** Reads nothing more; ends when what is under way is answered. */
  drain(): void;
}

export interface TcpConnectionDeps {
  readonly client: Client;
  readonly handler: Handler;
  readonly limits: ConnectionLimits;
  readonly clock: Clock;
  readonly table: ConnectionTable;
  readonly onTrouble: OnTrouble;
}

export function serveConnection(socket: Socket, deps: TcpConnectionDeps): TcpConnection {
  const { client, handler, limits, clock, table } = deps;
  const received = createReceived();
  /** When each answer that has not left yet was handed to the socket, oldest first. */
  const unsentSince: number[] = [];
  let inFlight = 0;
  let activeAt = clock.now();
  /** Since when the rest of a message is waited for; not while we do not read. */
  let messageSince: number | undefined;
  /** Why no more questions are taken: the client has said all it will, or we want to hear no more. */
  let doneFor: 'client' | 'stopping' | undefined;
  /** Octets the table knows of. */
  let counted = 0;

  const idleAt = () => activeAt + limits.idleMs;
  const halfAt = () => (messageSince ?? NEVER) + limits.messageMs;
  const unreadAt = () => (unsentSince[0] ?? NEVER) + limits.unreadMs;
  const alarm: Alarm = createAlarm(
    clock,
    () => Math.min(idleAt(), halfAt(), unreadAt()),
    () => end(unreadAt() <= clock.now() ? 'unread' : halfAt() <= clock.now() ? 'half-message' : 'idle'),
  );

  const end = (reason: CloseReason): void => {
    table.remove(entry, reason);
    socket.destroy();
  };

  /** Tells the table what is held here, and closes rather than let it grow for ever. */
  const count = (): void => {
    const octets = socket.destroyed ? 0 : received.octets() + socket.writableLength;
    const isTooMuch = !table.hold(octets - counted);
    counted = octets;
    if (isTooMuch) end('memory');
    else if (!socket.destroyed && socket.writableLength > limits.unreadOctets) end('unread');
  };

  const hasRoom = (): boolean => inFlight < limits.inFlight && !socket.writableNeedDrain;
  let isGoing = false;
  /** Hands on what it may, and reads on only when nothing waits: neither questions here nor answers in the socket. */
  const go = (): void => {
    if (isGoing || socket.destroyed) return; // an answer given at once comes back here: the loop goes on by itself
    isGoing = true;
    while (hasRoom() && !socket.destroyed) {
      const packet = received.next();
      if (packet === undefined) break;
      if (packet.length < HEADER_OCTETS) end('not-dns');
      else ask(packet);
    }
    isGoing = false;
    if (doneFor !== undefined && hasRoom() && inFlight === 0) socket.destroySoon();
    else if (doneFor !== undefined || !hasRoom()) socket.pause();
    else socket.resume();
    const isInside = hasRoom() && doneFor === undefined && received.octets() > 0;
    messageSince = isInside ? (messageSince ?? clock.now()) : undefined;
    count();
    alarm.look();
  };

  const ask = (packet: Buffer): void => {
    activeAt = clock.now();
    messageSince = undefined;
    inFlight += 1;
    let isAnswered = false;
    handler(packet, client, (octets) => {
      if (isAnswered) return;
      isAnswered = true;
      inFlight -= 1;
      if (socket.destroyed) return;
      send(octets);
      go();
    });
  };

  const send = (octets: Buffer): void => {
    activeAt = clock.now();
    unsentSince.push(activeAt);
    socket.write(frameMessage(octets), () => {
      unsentSince.shift();
      if (counted > 0) count();
    });
  };

  const stopReading = (why: 'client' | 'stopping'): void => {
    doneFor ??= why;
    go();
  };

  socket.on('data', (chunk) => {
    if (typeof chunk === 'string') return; // only ever with setEncoding
    received.push(chunk);
    go();
  });
  socket.on('drain', go);
  socket.on('end', () => stopReading('client'));
  socket.on('error', (error) => {
    table.remove(entry, 'trouble');
    deps.onTrouble(error);
  });
  socket.once('close', () => {
    table.remove(entry, doneFor ?? 'client');
    alarm.stop();
    count();
  });

  const entry: TcpConnection = {
    isBusy: () => inFlight > 0,
    activeAt: () => activeAt,
    end,
    drain: () => stopReading('stopping'),
  };
  table.add(client.address, entry);
  alarm.look();
  return entry;
}

const NEVER = Number.POSITIVE_INFINITY;
