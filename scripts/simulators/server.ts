/** What all simulators stand on: a server on loopback that hands over whole requests, and goes wrong as any server may. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface SimRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As it came on the request line. */
  readonly rawUrl: string;
  readonly headers: IncomingMessage['headers'];
  readonly contentType: string | undefined;
  readonly body: string;
  /** The address of the client, for lock-outs. */
  readonly from: string;
  /** Requests on this connection so far, this one counted. */
  readonly onConnection: number;
  /** Drops the connection without an answer. */
  reset(): void;
}

export interface SimResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly tls?: SelfSigned;
  /** True while a client at this address is to meet silence instead of a connection. */
  readonly refuses?: (from: string) => boolean;
}

/** An undefined answer means that the handler has dropped the connection. */
export type SimHandler = (request: SimRequest) => Promise<SimResponse | undefined>;

/** What goes wrong between a box and its clients, whatever the box; each until it is taken back. */
export interface Mischief {
  /** Requests arrive and are never answered. */
  readonly stalled?: boolean;
  /** 503 to everything, by the box's web server or a proxy before it, with a Retry-After when one is given. */
  readonly storm?: { readonly retryAfter?: string };
  /** A page with 200 instead of every answer. */
  readonly page?: boolean;
  /** Answers end in the middle. */
  readonly truncated?: boolean;
  /** A connection is closed when one more request than this comes on it, and no answer has said so. */
  readonly closesAfter?: number;
  /** The connection drops after the next of these was worked on. */
  readonly dropAnswerTo?: (request: SimRequest) => boolean;
}

export async function serve(handler: SimHandler, options: ServeOptions) {
  let mischief: Mischief = {};
  const answerTo = async (request: SimRequest): Promise<SimResponse | undefined> => {
    if (mischief.stalled) return undefined;
    if (request.onConnection > (mischief.closesAfter ?? Number.POSITIVE_INFINITY)) {
      request.reset();
      return undefined;
    }
    if (mischief.storm !== undefined) {
      const { retryAfter } = mischief.storm;
      const page = html(503, '503 Service Unavailable', 'nginx');
      const extra = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      return { ...page, headers: { ...page.headers, ...extra } };
    }
    if (mischief.page) return html(200, 'Welcome', 'portal');
    const answer = await handler(request);
    if (mischief.dropAnswerTo?.(request)) {
      const { dropAnswerTo: _, ...rest } = mischief;
      mischief = rest;
      request.reset();
      return undefined;
    }
    if (answer === undefined || !mischief.truncated) return answer;
    return { ...answer, body: answer.body.slice(0, -2) };
  };
  const server =
    options.tls === undefined ? createServer(respond) : createTlsServer({ ...options.tls }, respond);
  const counts = new WeakMap<object, number>();
  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const count = (counts.get(incoming.socket) ?? 0) + 1;
    counts.set(incoming.socket, count);
    const answer = await answerTo(await readRequest(incoming, count));
    if (answer === undefined || incoming.socket.destroyed) return;
    outgoing.writeHead(answer.status, {
      ...answer.headers,
      'content-length': Buffer.byteLength(answer.body),
    });
    outgoing.end(incoming.method === 'HEAD' ? undefined : answer.body);
  }
  server.keepAliveTimeout = 30_000;
  let connections = 0;
  const sockets = new Set<object>();
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (options.refuses?.(socket.remoteAddress ?? '')) socket.destroy();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  await promise;
  const { address, port, family } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    /** How many were opened so far. */
    connections: () => connections,
    /** How many are open now. */
    openConnections: () => sockets.size,
    /** From now on, until the next call; `{}`: all is well again. */
    misbehave(next: Mischief) {
      mischief = next;
    },
    dropConnections: () => server.closeAllConnections(),
    /** Another certificate; every connection has to be made anew. */
    renewCertificate(tls: SelfSigned) {
      if (server instanceof TlsServer) server.setSecureContext({ ...tls });
      server.closeAllConnections();
    },
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** A certificate as a firewall makes one for itself: for a name that is not the address it is reached at. */
export function selfSigned(commonName: string, otherNames: readonly string[] = []): SelfSigned {
  const key = execFileSync(
    'openssl',
    ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    {
      encoding: 'utf8',
      stdio: 'pipe',
    },
  );
  return { key, cert: certificateFor(key, commonName, otherNames) };
}

/** The next certificate of the same key, as at a renewal. */
export function renewed({ key }: SelfSigned, commonName: string): SelfSigned {
  return { key, cert: certificateFor(key, commonName) };
}

function certificateFor(key: string, commonName: string, otherNames: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-cert-'));
  const keyFile = join(folder, 'key.pem');
  writeFileSync(keyFile, key, { mode: 0o600 });
  const subject = [
    '-subj',
    `/CN=${commonName}`,
    '-addext',
    `subjectAltName=${[commonName, ...otherNames].map((name) => `DNS:${name}`).join()}`,
  ];
  const cert = execFileSync('openssl', ['req', '-x509', '-key', keyFile, '-days', '2', ...subject], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  rmSync(folder, { recursive: true });
  return cert;
}

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): SimResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  // PHP's json_encode escapes slashes.
  body: JSON.stringify(value).replaceAll('/', '\\/'),
});

export const html = (status: number, title: string, server: string): SimResponse => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`,
});

/** The command line all simulators understand when they are run by themselves. */
export function simulatorArguments(): { port: number; alias: string; tls: boolean } {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, alias: { type: 'string' }, tls: { type: 'boolean' } },
  });
  return {
    port: Number(values.port ?? 0),
    alias: values.alias ?? 'plexfw_live',
    tls: values.tls ?? false,
  };
}

async function readRequest(incoming: IncomingMessage, onConnection: number): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const rawUrl = incoming.url ?? '/';
  const { pathname, searchParams } = new URL(rawUrl, 'http://simulator');
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    rawUrl,
    headers: incoming.headers,
    contentType: incoming.headers['content-type'],
    body: Buffer.concat(chunks).toString('utf8'),
    from: incoming.socket.remoteAddress ?? '',
    onConnection,
    reset: () => incoming.socket.destroy(),
  };
}
