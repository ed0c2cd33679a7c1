/**
 * HTTP to the boxes we were told about: firewalls, feeds, notifications.
 *
 * The certificate is verified; where the owner pinned a key, the key alone decides, and nothing is sent before it was
 * compared. Redirects are never followed: an answer from elsewhere is not an answer, and the key must not travel there.
 */
import { TLSSocket } from 'node:tls';
import { hostAndPort, pinOf } from './certificate.ts';
import { KnownError, TransientDriverError } from './errors.ts';
import { explainFailure, isClosedConnection } from './http-failure.ts';
import { scrubber } from './scrub.ts';
import { Secret } from './secret.ts';
import { buildConnector, type Connector, Pool, type ResponseData, request as requestOf } from './undici.ts';

export interface HttpClient {
  /** Answers with whatever status came; throws TransientDriverError when no whole answer came in time. */
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface HttpClientOptions {
  readonly url: string;
  readonly tls?: HttpTls;
  /** Connections kept open at most; further requests wait for one of them. */
  readonly connections: number;
  /** Milliseconds one request may take from the first octet of the connection to the last of the answer. */
  readonly timeoutMs: number;
  /** Octets of one answer at most, as they are sent; 16 MiB unless said. */
  readonly maxOctets?: number;
  /** Besides those in headers: what an answer repeats of them is taken out before anybody sees it. */
  readonly secrets?: readonly Secret[];
}

export interface HttpTls {
  /** PEM of the authorities (or the self-signed certificate) to trust instead of the system's. */
  readonly ca?: string;
  /** 'sha256/' and the base64 SHA-256 of the key's SubjectPublicKeyInfo, as in RFC 7469: it survives a renewal with the same key. */
  readonly pin?: string;
  /** The name the certificate has to carry where it is not the host of the URL. */
  readonly serverName?: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the URL of the client, with the query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** True when it may be made more than once: it is, where a kept connection was closed just as it was used. */
  readonly repeatable?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** In lower case and without parameters; undefined when the server named none. */
  readonly contentType: string | undefined;
  /** Milliseconds from the call to the last octet. */
  readonly tookMs: number;
  /** host:port and path, for messages. */
  readonly origin: string;
  readonly path: string;
  text(): string;
  /** Throws KnownError when the answer does not claim to be JSON, TransientDriverError when it is cut short. */
  json(): unknown;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const url = new URL(options.url);
  const origin = hostAndPort(url);
  const prefix = url.pathname.replace(/\/+$/, '');
  const secrets = options.secrets ?? [];
  const maxOctets = options.maxOctets ?? MAX_RESPONSE_OCTETS;
  const pool = new Pool(url.origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: connectorFor(options, origin),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: maxOctets,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const sendOnce = async (request: HttpRequest, signal: AbortSignal) => {
    const response = await requestOf(pool, {
      method: request.method,
      path: prefix + request.path,
      headers: revealHeaders(request.headers ?? {}),
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
    });
    return [response, await response.body.text()] as const;
  };
  const send = async (request: HttpRequest, signal: AbortSignal) => {
    // All that are kept may have been closed, as by a restart of the server: each is tried once, and then a new one.
    for (let kept = request.repeatable === true ? options.connections : 0; ; kept--) {
      try {
        return await sendOnce(request, signal);
      } catch (error) {
        if (kept === 0 || signal.aborted || !isClosedConnection(error)) throw error;
      }
    }
  };

  return {
    async request(request) {
      const timeoutMs = request.timeoutMs ?? options.timeoutMs;
      const started = performance.now();
      // By hand: AbortSignal.timeout() goes off long after the answer, and with AbortSignal.any() costs a tenth of a call.
      const limit = new AbortController();
      const stop = () => limit.abort(request.signal.reason);
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        limit.abort();
      }, timeoutMs);
      if (request.signal.aborted) stop();
      request.signal.addEventListener('abort', stop, { once: true });
      try {
        const [response, text] = await send(request, limit.signal);
        const hide = scrubber([...secrets, ...secretsIn(request)]);
        return toResponse(response, {
          text: hide(text),
          hide,
          origin,
          path: request.path,
          tookMs: performance.now() - started,
        });
      } catch (error) {
        if (request.signal.aborted) throw request.signal.reason;
        if (isLate) {
          throw new TransientDriverError(`No answer from ${origin} after ${timeoutMs} ms`, { cause: error });
        }
        throw explainFailure(error, origin, {
          afterMs: Math.round(performance.now() - started),
          maxOctets,
        });
      } finally {
        clearTimeout(timer);
        request.signal.removeEventListener('abort', stop);
      }
    },
    close: () => pool.destroy(),
  };
}

/** What a 5xx amounts to where the caller knows nothing better: later, and when the server says how much later. */
export function serverFailure(response: HttpResponse, detail = ''): TransientDriverError {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
  const said = detail === '' ? '' : `: ${detail}`;
  return new TransientDriverError(
    `${response.origin} answered HTTP ${response.status} to ${response.path}${said}`,
    { status: response.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  );
}

/** Shorter than any server's own idle limit that we know of (OPNsense: 30 s), so that a kept connection is a live one. */
const KEEP_ALIVE_MS = 15_000;

/** Octets of one answer; the largest honest one, a table of 100 000 addresses, is about 3 MiB. */
const MAX_RESPONSE_OCTETS = 16 * 1024 * 1024;

function connectorFor({ tls = {}, timeoutMs }: HttpClientOptions, origin: string): Connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    // A resumed session shows no certificate of its own to compare.
    ...(tls.pin === undefined ? {} : { rejectUnauthorized: false, maxCachedSessions: 0 }),
  });
  if (tls.pin === undefined) return connect;

  const expected = tls.pin;
  return (target, callback) => {
    connect(target, (...outcome) => {
      const [error, socket] = outcome;
      if (error !== null) return callback(error, null);
      const shown = socket instanceof TLSSocket ? pinOf(socket) : undefined;
      if (shown === expected) return callback(null, socket);
      socket.destroy();
      return callback(wrongPin(origin, expected, shown), null);
    });
  };
}

function wrongPin(origin: string, expected: string, shown: string | undefined): KnownError {
  const seen = shown === undefined ? 'speaks no TLS' : `shows the key ${shown}`;
  return new KnownError(
    'firewall-misconfigured',
    `${origin} ${seen}; tls.pin is ${expected}. Nothing was sent.`,
    {
      hint: 'If its key was changed on purpose, set tls.pin to the key it shows; if not, find out who answers there.',
    },
  );
}

function toResponse(
  response: ResponseData,
  about: {
    readonly text: string;
    readonly hide: (text: string) => string;
    readonly origin: string;
    readonly path: string;
    readonly tookMs: number;
  },
): HttpResponse {
  const { text, hide, origin, path, tookMs } = about;
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers.set(name, hide(Array.isArray(value) ? value.join(', ') : value));
  }
  const contentType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return {
    status: response.statusCode,
    headers,
    contentType,
    tookMs,
    origin,
    path,
    text: () => text,
    json() {
      if (contentType !== 'application/json') {
        throw new KnownError(
          'firewall-misconfigured',
          `${origin} answered ${path} with ${contentType ?? 'no content type'} instead of JSON (HTTP ${response.statusCode})`,
          { hint: 'Something else than the API answers there: check the url, and proxies on the way.' },
        );
      }
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new TransientDriverError(`${origin} answered ${path} with broken JSON`, { cause });
      }
    },
  };
}

function revealHeaders(headers: Readonly<Record<string, string | Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}

function secretsIn({ headers = {} }: HttpRequest): readonly Secret[] {
  return Object.values(headers).filter((value) => value instanceof Secret);
}

function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
