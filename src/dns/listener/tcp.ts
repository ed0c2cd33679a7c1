import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../base/clock.ts';
import { familyOf, type IpAddress } from '../../base/ip-address.ts';
import type { Endpoint } from '../endpoint.ts';
import { clientAddress, type Handler, ignoreTrouble, type Listener, type OnTrouble } from './listener.ts';
import { serveConnection, type TcpConnection } from './tcp-connection.ts';

export interface TcpLimits {
  /** Connections at once from one client; it must not starve the others (RFC 7766 section 6.2.2). */
  readonly connectionsPerClient: number;
  readonly connections: number;
  /** Questions of one connection under way at once; more are left in the socket. */
  readonly inFlight: number;
  /** Milliseconds without a whole message in or an answer out (RFC 7766 section 6.2.3). */
  readonly idleMs: number;
  /** Milliseconds from the first octet of a message to its last. */
  readonly messageMs: number;
}

export const TCP_LIMITS: TcpLimits = {
  connectionsPerClient: 20,
  connections: 200,
  inFlight: 64,
  idleMs: 10_000,
  messageMs: 5_000,
};

export interface TcpOptions {
  readonly onTrouble?: OnTrouble;
  readonly limits?: TcpLimits;
  readonly clock?: Clock;
}

/** Rejects with the system's own error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when the address cannot be had. */
export async function listenTcp(
  endpoint: Endpoint,
  handler: Handler,
  options: TcpOptions = {},
): Promise<Listener> {
  const { onTrouble = ignoreTrouble, limits = TCP_LIMITS, clock = systemClock() } = options;
  const connections = new Map<TcpConnection, IpAddress>();
  const countOf = (client: IpAddress): number =>
    [...connections.values()].filter((address) => address === client).length;

  const accept = (socket: Socket): void => {
    // Undefined when the client hung up before we looked.
    if (socket.remoteAddress === undefined || socket.remotePort === undefined) return void socket.destroy();
    const address = clientAddress(socket.remoteAddress);
    if (connections.size >= limits.connections || countOf(address) >= limits.connectionsPerClient) {
      socket.destroy();
      return;
    }
    const client = { address, port: socket.remotePort, protocol: 'tcp' } as const;
    const connection = serveConnection(socket, { client, handler, limits, clock, onTrouble });
    connections.set(connection, address);
    socket.once('close', () => connections.delete(connection));
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await listen(server, endpoint);
  server.on('error', onTrouble);
  return {
    address: endpoint.address,
    port: portOf(server),
    protocol: 'tcp',
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const connection of connections.keys()) connection.drain();
      }),
  };
}

function listen(server: Server, { address, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: familyOf(address) === 6 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
