/** How many connections the page holds: one host must not use up what the others, and DNS in the same process, need. */
import type { Server, Socket } from 'node:net';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import { clientKey } from '../dns/limits/client-key.ts';

/** Of one client: a browser takes six, and a stream or two. */
const MAX_PER_CLIENT = 200;
/** Of all; some 20 kB each. */
const MAX_CONNECTIONS = 4000;

export interface ConnectionLimitDeps {
  /** All clients come through it: only the limit of all holds for it. */
  readonly isTrustedProxy: (address: IpAddress) => boolean;
  readonly onRefused: (from: IpAddress) => void;
}

export function limitConnections(server: Server, { isTrustedProxy, onRefused }: ConnectionLimitDeps): void {
  const open = new Map<string, number>();
  let all = 0;
  server.on('connection', (socket: Socket) => {
    // Gone before it was looked at.
    if (socket.remoteAddress === undefined) return;
    const from = parseIpAddress(socket.remoteAddress.replace(/%.*$/, ''));
    const key = clientKey(from);
    const own = open.get(key) ?? 0;
    if (all >= MAX_CONNECTIONS || (own >= MAX_PER_CLIENT && !isTrustedProxy(from))) {
      socket.destroy();
      onRefused(from);
      return;
    }
    all++;
    open.set(key, own + 1);
    socket.once('close', () => {
      all--;
      const left = (open.get(key) ?? 1) - 1;
      if (left === 0) open.delete(key);
      else open.set(key, left);
    });
  });
}
