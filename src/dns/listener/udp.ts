import { createSocket, type Socket } from 'node:dgram';
import { familyOf } from '../../base/ip-address.ts';
import { remembering } from '../../base/remembering.ts';
import type { Endpoint } from '../endpoint.ts';
import { clientAddress, type Handler, ignoreTrouble, type Listener, type OnTrouble } from './listener.ts';

export interface UdpOptions {
  readonly onTrouble?: OnTrouble;
}

/** Rejects with the system's own error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when the address cannot be had. */
export async function listenUdp(
  endpoint: Endpoint,
  handler: Handler,
  options: UdpOptions = {},
): Promise<Listener> {
  const { onTrouble = ignoreTrouble } = options;
  const isIpv6 = familyOf(endpoint.address) === 6;
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    ipv6Only: isIpv6,
    // Answers go to addresses, so nothing is ever looked up.
    lookup: (address, _, found) => found(null, address, isIpv6 ? 6 : 4),
  });
  await bind(socket, endpoint);

  let isOpen = true;
  socket.on('error', onTrouble);
  const addressOf = remembering(clientAddress, MAX_REMEMBERED);
  const onSent = (error: Error | null): void => {
    if (error !== null) onTrouble(error);
  };
  socket.on('message', (packet, from) => {
    if (from.port === 0) return; // nothing can be sent there
    const client = { address: addressOf(from.address), port: from.port, protocol: 'udp' } as const;
    handler(packet, client, (octets) => {
      if (isOpen) socket.send(octets, from.port, from.address, onSent);
    });
  });
  return {
    address: endpoint.address,
    port: socket.address().port,
    protocol: 'udp',
    close() {
      if (!isOpen) return Promise.resolve();
      isOpen = false;
      return new Promise((done) => socket.close(done));
    },
  };
}

/** Addresses; whoever sends from more of them than this is no household. */
const MAX_REMEMBERED = 1000;

function bind(socket: Socket, { address, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', onError);
    socket.bind({ address, port }, () => {
      socket.off('error', onError);
      resolve();
    });
  });
}
