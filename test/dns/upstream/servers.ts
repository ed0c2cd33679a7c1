/** Name servers on loopback that answer as a test wants them to. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import type { Endpoint } from '../../../src/dns/endpoint.ts';
import { FLAG } from '../../../src/dns/wire/constants.ts';
import { createFrameReader, frameMessage } from '../../../src/dns/wire/frame.ts';

/** The octets to send back, one packet each. */
type Answer = (query: Buffer) => readonly Buffer[];
interface Asker {
  readonly address: string;
  readonly port: number;
}

export interface TestServer {
  readonly endpoint: Endpoint;
  readonly overUdp: readonly Buffer[];
  readonly overTcp: readonly Buffer[];
  /** Over UDP, at a time of its own. */
  send(octets: Buffer, to: Asker): void;
}

/** One server on one port until the test ends; without an answer for TCP nothing listens there. */
export async function startServer(answers: {
  readonly udp?: (query: Buffer, from: Asker) => readonly Buffer[];
  readonly tcp?: Answer;
}): Promise<TestServer> {
  const overUdp: Buffer[] = [];
  const overTcp: Buffer[] = [];
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    overUdp.push(query);
    for (const octets of answers.udp?.(query, from) ?? []) udp.send(octets, from.port, from.address);
  });

  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    const frames = createFrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer | string) => {
      for (const query of frames.push(Buffer.from(chunk))) {
        overTcp.push(query);
        const replies = answers.tcp?.(query) ?? [];
        for (const octets of replies) socket.write(frameMessage(octets));
        if (replies.length === 0) socket.end();
      }
    });
  });
  const port = await bind(udp, answers.tcp === undefined ? undefined : tcp);
  const close = async (): Promise<void> => {
    await new Promise<void>((done) => udp.close(done));
    for (const socket of sockets) socket.destroy();
    if (tcp.listening) await new Promise((done) => tcp.close(done));
  };
  onTestFinished(close);
  const endpoint = { address: parseIpAddress('127.0.0.1'), port };
  return { endpoint, overUdp, overTcp, send: (octets, to) => udp.send(octets, to.port, to.address) };
}

/** A server over TCP alone that is given each query and its connection. */
export async function startStreamServer(
  answer: (query: Buffer, socket: Socket) => void,
): Promise<{ readonly endpoint: Endpoint; connections(): number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const frames = createFrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer | string) => {
      for (const query of frames.push(Buffer.from(chunk))) answer(query, socket);
    });
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return { endpoint: { address: parseIpAddress('127.0.0.1'), port }, connections: () => sockets.length };
}

/** One port for both. What is free for one protocol may be taken in the other, so more than one is tried. */
async function bind(udp: UdpSocket, tcp: Server | undefined): Promise<number> {
  for (;;) {
    const port = tcp === undefined ? 0 : await listening(tcp);
    try {
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
      return udp.address().port;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
      await new Promise((done) => tcp?.close(done));
    }
  }
}

async function listening(tcp: Server): Promise<number> {
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  return (tcp.address() as AddressInfo).port;
}

/** A port of this machine where nobody listens. */
export async function freePort(): Promise<Endpoint> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(done));
  return { address: parseIpAddress('127.0.0.1'), port };
}

/** The query turned into an answer without records: its question, and these flags. */
export function emptyAnswer(query: Buffer, flags = 0): Buffer {
  const octets = Buffer.from(query.subarray(0, questionEnd(query)));
  octets.writeUInt16BE(FLAG.QR | FLAG.RD | FLAG.RA | flags, 2);
  octets.fill(0, 6, 12);
  return octets;
}

/** The query turned into an answer with one address for its name. */
export function addressAnswer(query: Buffer, address: readonly number[], ttl = 60): Buffer {
  const head = emptyAnswer(query);
  head.writeUInt16BE(1, 6);
  const fixed = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, ttl, 0, 4, ...address]);
  return Buffer.concat([head, fixed]);
}

export function questionEnd(query: Buffer): number {
  return query.indexOf(0, 12) + 5;
}
