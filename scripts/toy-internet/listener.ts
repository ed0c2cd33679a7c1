import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { NameServer } from './name-server.ts';

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** One address, one port, UDP and TCP; port 0 takes any that is free for both. */
export async function listen(address: string, wanted: number, server: NameServer): Promise<Listener> {
  const udp = await listenUdp(address, wanted, server);
  try {
    const tcp = await listenTcp(address, udp.port, server);
    return {
      port: udp.port,
      close: async () => {
        await Promise.all([udp.close(), tcp.close()]);
      },
    };
  } catch (error) {
    await udp.close();
    // The kernel chose a number that is free for UDP only: let it choose again.
    if (wanted === 0 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      return listen(address, 0, server);
    throw error;
  }
}

async function listenUdp(address: string, port: number, server: NameServer): Promise<Listener> {
  const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
  let closed = false;
  socket.on('message', (packet, from) => {
    server.answer(packet, 'udp', (reply) => {
      if (!closed) socket.send(reply, from.port, from.address);
    });
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    close: () =>
      new Promise((done) => {
        closed = true;
        socket.close(done);
      }),
  };
}

async function listenTcp(address: string, port: number, server: NameServer): Promise<Listener> {
  const open = new Set<Socket>();
  const tcp = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    readMessages(socket, (packet) =>
      server.answer(packet, 'tcp', (reply) => {
        if (socket.writable) socket.write(withLength(reply));
      }),
    );
  });
  tcp.listen({ port, host: address, ipv6Only: address.includes(':') });
  await once(tcp, 'listening');
  return {
    port,
    close: () =>
      new Promise((done) => {
        tcp.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Messages over TCP carry their length in two octets before them (RFC 1035 section 4.2.2). */
function readMessages(socket: Socket, onMessage: (packet: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      onMessage(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Milliseconds a TCP client may stay idle (RFC 7766 section 6.2.3: a few seconds). */
const IDLE_MS = 10_000;
