/** How many connections the page holds: one host must not use up what the others, and DNS in the same process, need. */
import type { Server, Socket } from 'node:net';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import { clientKey } from '../dns/limits/client-key.ts';

/** Of one client: a browser takes six, and a stream or two. */
const MAX_PER_CLIENT = 200;
/** Of all; some 20 kB each. */
const MAX_CONNECTIONS = 4000;

/** What is open now, on all listeners together: whoever connects to each of our addresses in turn gets no more than at one. */
export interface OpenConnections {
  readonly byClient: Map<string, number>;
  all: number;
}

export function noConnections(): OpenConnections {
  return { byClient: new Map(), all: 0 };
}

export interface ConnectionLimitDeps {
  readonly open: OpenConnections;
  /** All clients come through it: only the limit of all holds for it. */
  readonly isTrustedProxy: (address: IpAddress) => boolean;
  readonly onRefused: (from: IpAddress) => void;
}

export function limitConnections(
  server: Server,
  { open, isTrustedProxy, onRefused }: ConnectionLimitDeps,
): void {
  const { byClient } = open;
  server.on('connection', (socket: Socket) => {
    // Gone before it was looked at.
    if (socket.remoteAddress === undefined) return;
    const from = parseIpAddress(socket.remoteAddress.replace(/%.*$/, ''));
    const key = clientKey(from);
    const own = byClient.get(key) ?? 0;
    if (open.all >= MAX_CONNECTIONS || (own >= MAX_PER_CLIENT && !isTrustedProxy(from))) {
      socket.destroy();
      onRefused(from);
      return;
    }
    open.all++;
    byClient.set(key, own + 1);
    socket.once('close', () => {
      open.all--;
      const left = (byClient.get(key) ?? 1) - 1;
      if (left === 0) byClient.delete(key);
      else byClient.set(key, left);
    });
  });
}
