/** DoT and DoH servers on loopback that answer as a test wants them to. */
import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createFrameReader, frameMessage } from '../../../src/dns/wire/frame.ts';
import type { Certificate } from './certificates.ts';

export interface TlsServer {
  readonly port: number;
  readonly queries: readonly Buffer[];
  /** Connections whose handshake succeeded, in their order. */
  readonly connections: readonly TLSSocket[];
  /** Whether each of them resumed a session. */
  readonly resumed: readonly boolean[];
  /** Octets that came, whether they were a query or not. */
  received(): number;
}

/** `answer` is given each query and the way back. */
export async function startTlsServer(
  { cert, key }: Pick<Certificate, 'cert' | 'key'>,
  answer: (query: Buffer, socket: TLSSocket) => void,
): Promise<TlsServer> {
  const queries: Buffer[] = [];
  const connections: TLSSocket[] = [];
  const resumed: boolean[] = [];
  let received = 0;
  const server = createServer({ cert, key }, (socket) => {
    connections.push(socket);
    resumed.push(socket.isSessionReused());
    const frames = createFrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      for (const query of frames.push(chunk)) {
        queries.push(query);
        answer(query, socket);
      }
    });
  });
  const port = await listening(server, () => {
    for (const socket of connections) socket.destroy();
  });
  return { port, queries, connections, resumed, received: () => received };
}

export function sendFramed(socket: TLSSocket, ...messages: readonly Buffer[]): void {
  for (const message of messages) socket.write(frameMessage(message));
}

export interface HttpsServer {
  readonly port: number;
  readonly requests: readonly { readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
  readonly sessions: readonly ServerHttp2Session[];
}

export async function startHttpsServer(
  { cert, key }: Pick<Certificate, 'cert' | 'key'>,
  answer: (query: Buffer, stream: ServerHttp2Stream) => void,
  settings: Settings = {},
): Promise<HttpsServer> {
  const requests: { headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const sessions: ServerHttp2Session[] = [];
  const server: Http2SecureServer = createSecureServer({ cert, key, settings });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => session.destroy());
  });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => stream.destroy());
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push({ headers, body });
      answer(body, stream);
    });
  });
  const port = await listening(server, () => {
    for (const session of sessions) session.destroy();
  });
  return { port, requests, sessions };
}

/** Passes octets on until it is told to forget the connections it has, without a word to either side. */
export async function startProxy(to: number): Promise<{ readonly port: number; forget(): void }> {
  const pairs: (readonly [Socket, Socket])[] = [];
  const server = createTcpServer((client) => {
    const onward = connect(to, '127.0.0.1');
    for (const socket of [client, onward]) socket.on('error', () => socket.destroy());
    client.pipe(onward).pipe(client);
    pairs.push([client, onward]);
  });
  const port = await listening(server, () => {
    for (const socket of pairs.flat()) socket.destroy();
  });
  return {
    port,
    forget() {
      for (const [client, onward] of pairs) {
        client.unpipe(onward);
        onward.unpipe(client);
      }
    },
  };
}

/** The answer as it should be. */
export function respond(stream: ServerHttp2Stream, body: Buffer, headers: Record<string, string> = {}): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/dns-message', ...headers });
  stream.end(body);
}

async function listening(server: Server | Http2SecureServer, closeConnections: () => void): Promise<number> {
  server.on('tlsClientError', () => undefined); // a client that trusts nobody is what some tests want
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    closeConnections();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}
