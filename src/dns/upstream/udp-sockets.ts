import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../../base/clock.ts';
import { familyOf } from '../../base/ip-address.ts';
import type { Endpoint } from '../endpoint.ts';
import { freeId } from './exchange.ts';

/**
 * Ports to ask one server from. Making a socket costs more than all the rest of an exchange, so sockets serve again:
 *
 *   fewer than MAX_SOCKETS are open  -> a new one, on a port the kernel picks at random: in a home, that is every question
 *   else                             -> any of them, by chance (RFC 5452 section 9.2 asks for a large set of ports)
 *   used MAX_USES times or too old   -> takes no more questions: who finds out a port has little use of it
 */
export interface UdpSockets {
  /** Sends what `write` makes of an id, and gives every message with that id to `onMessage`, until `release` is called. */
  send(query: UdpQuery): { release(): void };
  close(): void;
}

export interface UdpQuery {
  readonly write: (id: number) => Buffer;
  readonly onMessage: (message: Buffer) => void;
  readonly onError: (cause: Error) => void;
}

export interface UdpSocketsOptions {
  readonly server: Endpoint;
  readonly clock: Clock;
  /** A message from the server's address that carries the id of no question. */
  readonly onStray: () => void;
}

export function udpSockets(options: UdpSocketsOptions): UdpSockets {
  /** Those that may be picked. */
  const picked: AskingSocket[] = [];
  const all = new Set<AskingSocket>();

  const make = (): AskingSocket => {
    const socket = askingSocket(options, {
      onRetired() {
        const at = picked.indexOf(socket);
        if (at >= 0) picked.splice(at, 1);
      },
      onClosed: () => all.delete(socket),
    });
    picked.push(socket);
    all.add(socket);
    return socket;
  };

  return {
    send(query) {
      const any = picked.length < MAX_SOCKETS ? undefined : picked[randomInt(picked.length)];
      return (any ?? make()).send(query);
    },
    close() {
      for (const socket of all) socket.close();
    },
  };
}

interface AskingSocket extends UdpSockets {}

interface SocketEvents {
  onRetired(): void;
  onClosed(): void;
}

function askingSocket({ server, clock, onStray }: UdpSocketsOptions, events: SocketEvents): AskingSocket {
  const waiting = new Map<number, UdpQuery>();
  const socket: Socket = createSocket({
    type: familyOf(server.address) === 4 ? 'udp4' : 'udp6',
    // Only addresses, the server's and the one to bind to; looked up as names they would come a turn later.
    lookup: (address, _options, found) => found(null, address, familyOf(server.address)),
  });
  let uses = 0;
  let isConnected = false;
  let isRetired = false;
  let isClosed = false;

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    retire();
    socket.close();
    events.onClosed();
  };
  const retire = (): void => {
    if (!isRetired) {
      isRetired = true;
      cancelAge();
      events.onRetired();
    }
    if (waiting.size === 0) close();
  };
  const cancelAge = clock.after(MAX_AGE_MS, retire);

  const failAll = (cause: Error): void => {
    const failed = [...waiting.values()];
    waiting.clear();
    close();
    for (const query of failed) query.onError(cause);
  };
  const transmit = (octets: Buffer): void => {
    socket.send(octets, (cause) => {
      if (cause && !isClosed) failAll(cause);
    });
  };

  /** What was asked before the socket was ready. */
  const unsent = new Map<number, Buffer>();
  socket.on('error', failAll);
  socket.on('message', (message) => {
    const query = message.length < 2 ? undefined : waiting.get(message.readUInt16BE(0));
    if (query === undefined) onStray();
    else query.onMessage(message);
  });
  // Connected: the kernel drops what comes from any other address or port (RFC 5452 section 9.1), and tells at once
  // when nobody listens there.
  socket.once('connect', () => {
    if (isClosed) return;
    isConnected = true;
    for (const octets of unsent.values()) transmit(octets);
    unsent.clear();
  });
  // In a moment, because a network that is down refuses at once: whoever asks must have been taken in by then.
  queueMicrotask(() => {
    if (!isClosed) socket.connect(server.port, server.address);
  });
  // Waiting for an answer is no reason to live: who wants it holds the process.
  socket.unref();

  return {
    send(query) {
      const id = freeId(waiting);
      waiting.set(id, query);
      uses += 1;
      const octets = query.write(id);
      if (isConnected) transmit(octets);
      else unsent.set(id, octets);
      if (uses >= MAX_USES) retire();
      return {
        release() {
          if (waiting.get(id) !== query) return;
          waiting.delete(id);
          unsent.delete(id);
          if (isRetired && waiting.size === 0) close();
        },
      };
    },
    close() {
      failAll(new Error('closed'));
    },
  };
}

/** Ports open at once to one server: sets a forger back by 7 bits of 15 only when he knows all of them, and none lives long. */
const MAX_SOCKETS = 128;
/** Questions from one port. Measured: from here on making the socket is a tenth of the cost. */
const MAX_USES = 64;
/** Milliseconds a port takes new questions. */
const MAX_AGE_MS = 10_000;
