import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../base/clock.ts';
import { familyOf } from '../../base/ip-address.ts';
import type { Endpoint } from '../endpoint.ts';
import { type ConnectionTable, createConnectionTable, type TableLimits } from './connection-table.ts';
import { clientAddress, type Handler, ignoreTrouble, type Listener, type OnTrouble } from './listener.ts';
import { type ConnectionLimits, serveConnection, type TcpConnection } from './tcp-connection.ts';

export type TcpLimits = ConnectionLimits & TableLimits;

/**
 * A home has a few dozen clients that ask over TCP now and then; a flood of connections is cut, not refused,
 * and what all of them may hold in memory is little beside the rest of the house.
 */
export const TCP_LIMITS: TcpLimits = {
  connectionsPerClient: 100,
  connections: 2000,
  inFlight: 64,
  idleMs: 10_000,
  messageMs: 5_000,
  unreadMs: 10_000,
  unreadOctets: 1024 * 1024,
  heldOctets: 32 * 1024 * 1024,
};

export interface TcpOptions {
  readonly onTrouble?: OnTrouble;
  readonly limits?: TcpLimits;
  readonly clock?: Clock;
  /** Shared by all listeners, so that the limits are those of the house. */
  readonly table?: ConnectionTable;
}

/** Rejects with the system's own error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when the address cannot be had. */
export async function listenTcp(
  endpoint: Endpoint,
  handler: Handler,
  options: TcpOptions = {},
): Promise<Listener> {
  const { onTrouble = ignoreTrouble, limits = TCP_LIMITS, clock = systemClock() } = options;
  const table = options.table ?? createConnectionTable(limits);
  const connections = new Set<TcpConnection>();

  const accept = (socket: Socket): void => {
    // Undefined when the client hung up before we looked.
    if (socket.remoteAddress === undefined || socket.remotePort === undefined) return void socket.destroy();
    const address = clientAddress(socket.remoteAddress);
    if (!table.makeRoom(address)) {
      socket.destroy();
      return;
    }
    const client = { address, port: socket.remotePort, protocol: 'tcp' } as const;
    const connection = serveConnection(socket, { client, handler, limits, clock, table, onTrouble });
    connections.add(connection);
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
        for (const connection of connections) connection.drain();
      }),
  };
}

function listen(server: Server, { address, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: familyOf(address) === 6, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Connections the kernel may finish before we look: a burst of them must not cost clients a second of resends. */
const BACKLOG = 2048;

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
