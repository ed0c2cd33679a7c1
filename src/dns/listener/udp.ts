import { createSocket, type Socket } from 'node:dgram';
import { familyOf } from '../../base/ip-address.ts';
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
  socket.on('message', (packet, from) => {
    if (from.port === 0) return; // nothing can be sent there
    const client = { address: clientAddress(from.address), port: from.port, protocol: 'udp' } as const;
    handler(packet, client, (octets) => {
      if (!isOpen) return;
      socket.send(octets, from.port, from.address, (error) => {
        if (error) onTrouble(error);
      });
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
