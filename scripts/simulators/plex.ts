/**
 * A Plex server as far as anybody sees it without an account: its certificate and /identity, both at one port, as the real one does, which
 * tells TLS from HTTP by the first octet. With the ways it, or something else in its place, may answer.
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type SelfSigned, selfSigned } from './server.ts';

export interface PlexOptions {
  /** The hash of its names; absent: it shows no certificate. */
  readonly hash?: string;
  /** Names of the certificate, in place of the one below plex.direct. */
  readonly names?: readonly string[];
  /** How it writes /identity whatever is asked for: old ones know XML only. */
  readonly format?: 'json' | 'xml';
  readonly claimed?: boolean;
  /** Sent in place of /identity, with 200. */
  readonly says?: string;
  /** Does this with each connection, and nothing else. */
  readonly instead?: (socket: Socket) => void;
}

export const MACHINE_ID = 'aabbccddeeff00112233445566778899aabbccdd';
export const VERSION = '1.43.4.10000-abcdef123';
/** First octet of a TLS record that begins a handshake (RFC 8446 section 5.1). */
const HANDSHAKE = 22;

export async function start(options: PlexOptions = {}) {
  const { hash, names = hash === undefined ? [] : [`*.${hash}.plex.direct`], instead } = options;
  const asked: string[] = [];
  const respond: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url !== '/identity') return void response.writeHead(401).end();
    const body = options.says ?? identity(options);
    response
      .writeHead(200, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/xml' })
      .end(body);
  };
  const http = createHttpServer(respond);
  const https = names.length === 0 ? undefined : createHttpsServer(certificateFor(names), respond);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (instead !== undefined) {
      instead(socket);
      return;
    }
    socket.once('readable', () => {
      const first: Buffer | null = socket.read() as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      // Without a certificate a handshake gets the answer of a web server: 400, in clear.
      (first[0] === HANDSHAKE ? (https ?? http) : http).emit('connection', socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function identity({ format = 'json', claimed = true }: PlexOptions): string {
  if (format === 'json') {
    const MediaContainer = { size: 0, claimed, machineIdentifier: MACHINE_ID, version: VERSION };
    return JSON.stringify({ MediaContainer });
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer size="0" claimed="${claimed ? 1 : 0}" machineIdentifier="${MACHINE_ID}" version="${VERSION}">\n</MediaContainer>\n`;
}

/** Made by itself, for the first of the names and the others beside it. */
function certificateFor([first = '', ...others]: readonly string[]): SelfSigned {
  return selfSigned(first, others);
}
