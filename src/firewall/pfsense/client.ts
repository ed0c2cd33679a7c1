import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import {
  createHttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpTls,
  serverFailure,
} from '../../base/http.ts';
import type { Secret } from '../../base/secret.ts';
import { createKeyLockout, type KeyLockout } from '../key-lockout.ts';

/** Calls below /api/v2/ of the REST API package, with every refusal that ends the matter turned into its remedy. */
export interface PfsenseClient {
  call(request: PfsenseRequest, signal: AbortSignal): Promise<PfsenseAnswer>;
  close(): Promise<void>;
}

export interface PfsenseRequest {
  /** DELETE is for states alone: of a collection of aliases it would take all of them for a misspelled field. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** 'firewall/alias' */
  readonly endpoint: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /**
   * True: only finds out whether the key may make this call. The package looks at the privilege first, and refuses a
   * content type it does not know before it does anything (its Endpoint.inc).
   */
  readonly withoutEffect?: boolean;
  readonly timeoutMs: number;
}

/** What the API said in so many words: its data, or a 400, 404 or 415 of which the caller may make something. */
export type PfsenseAnswer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly status: number; readonly responseId: string; readonly message: string };

export interface PfsenseConnection {
  readonly url: string;
  readonly key: Secret;
  readonly tls: HttpTls;
  readonly clock: Clock;
  /** Shared with the other aliases of the box. */
  readonly lockout?: KeyLockout;
}

export function createPfsenseClient({
  url,
  key,
  tls,
  clock,
  lockout = createKeyLockout(clock),
}: PfsenseConnection): PfsenseClient {
  // One at a time: parallel requests load the configuration twice and overwrite each other.
  const http = createHttpClient({ url, tls, connections: 1, timeoutMs: 30_000 });
  const send = async (request: HttpRequest) => {
    try {
      return await http.request(request);
    } catch (error) {
      throw lockout.hasRefused() && error instanceof TransientDriverError ? maybeShutOut(error) : error;
    }
  };
  return {
    async call({ method, endpoint, query, body, withoutEffect = false, timeoutMs }, signal) {
      lockout.check(key);
      const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
      const response = await send({
        method,
        path: `/api/v2/${endpoint}${search}`,
        headers: {
          'x-api-key': key,
          accept: 'application/json',
          // On a GET it would make the package read the (empty) body instead of the query, and answer with everything.
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(withoutEffect ? { 'content-type': 'text/plain' } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
        timeoutMs,
        repeatable: method === 'GET',
      });
      if (response.status === 401) throw lockout.refused(key, refusedKey(response), STOP_AFTER_401_MS);
      if (response.contentType !== 'application/json') throw notTheApi(response, { method, endpoint });
      const answer = understand(response, { method, endpoint });
      lockout.accepted(key);
      return answer;
    },
    close: http.close,
  };
}

/** A refusal in the API's own words, where nothing better is known. */
export function unexpectedAnswer(
  what: string,
  { status, responseId, message }: PfsenseAnswer & { ok: false },
): KnownError {
  return new KnownError(
    'firewall-misconfigured',
    `pfSense refused to ${what}: ${message} (${status} ${responseId})`,
  );
}

/** sshguard looks back half an hour: three or four wrong keys within that time shut us out. */
const STOP_AFTER_401_MS = 30 * 60_000;

type Endpoint = Pick<PfsenseRequest, 'method' | 'endpoint'>;

const Envelope = z.object({ response_id: z.string(), message: z.string(), data: z.unknown() });

function understand(response: HttpResponse, about: Endpoint): PfsenseAnswer {
  const { status, origin, path } = response;
  const envelope = Envelope.safeParse(response.json()).data;
  if (envelope === undefined) {
    throw new KnownError(
      'firewall-misconfigured',
      `${origin} answered ${path} with JSON of another kind (HTTP ${status})`,
      {
        hint: 'Check that url is a pfSense with the package pfSense-pkg-RESTAPI (API version 2).',
      },
    );
  }
  const { response_id: responseId, message, data } = envelope;
  if (status === 200) return { ok: true, data };
  if (status === 400 || status === 404 || status === 415) return { ok: false, status, responseId, message };
  if (status === 403) throw forbidden(response, responseId, about);
  if (status === 405) {
    throw new KnownError(
      'firewall-misconfigured',
      `pfSense ${origin} does not allow ${about.method}: ${message}`,
      {
        hint: 'Switch off "Read Only" under System > REST API > Settings.',
      },
    );
  }
  if (status >= 500) throw serverFailure(response, message.split('\n')[0]);
  throw unexpectedAnswer(`answer ${path}`, { ok: false, status, responseId, message });
}

function refusedKey({ origin }: HttpResponse): KnownError {
  return new KnownError('firewall-refused-key', `pfSense ${origin} refused the key`, {
    hint: 'Check the key (System > REST API > Keys) and that Key is among the authentication methods (System > REST API > Settings). Three wrong attempts make pfSense drop this host: add it to the Login Protection pass list.',
  });
}

/** A lock-out is a drop: it looks like any other silence. */
function maybeShutOut(silence: TransientDriverError): TransientDriverError {
  return new TransientDriverError(
    `${silence.message}. pfSense refused our key before that, and may drop this host since: set the right key, and add this host to the pass list (System > Advanced > Admin Access, Login Protection pass list)`,
    { cause: silence.cause },
  );
}

function forbidden({ origin }: HttpResponse, responseId: string, { method, endpoint }: Endpoint): KnownError {
  if (responseId === 'AUTH_AUTHORIZATION_FAILED') {
    return new KnownError(
      'firewall-privilege-missing',
      `pfSense ${origin} does not allow the key ${method} /api/v2/${endpoint}`,
      {
        hint: `Give the user of the key the privilege ${privilegeFor(method, endpoint)} (System > User Manager).`,
      },
    );
  }
  return new KnownError(
    'firewall-misconfigured',
    `pfSense ${origin} does not let this host use the API (${responseId})`,
    {
      hint: 'Look at the access list and the allowed interfaces under System > REST API.',
    },
  );
}

/** The package makes privilege names from the URL: / and _ become -, and the method comes last. */
export function privilegeFor(method: string, endpoint: string): string {
  return `api-v2-${endpoint.replaceAll(/[/_]/g, '-')}-${method.toLowerCase()}`;
}

/** nginx, a proxy or a captive portal answered instead of the package. */
function notTheApi(response: HttpResponse, { method, endpoint }: Endpoint): Error {
  const { status, origin, path } = response;
  if (status === 404) {
    const tables = endpoint === 'diagnostics/table';
    return new KnownError('firewall-misconfigured', `${origin} has no ${path.split('?')[0]}`, {
      hint: tables
        ? 'The REST API package is missing or older than v2.6.0: install pfSense-pkg-RESTAPI v2.6.0 or newer.'
        : 'The REST API package is missing (a pfSense upgrade removes it): install pfSense-pkg-RESTAPI v2.6.0 or newer.',
    });
  }
  if (status === 405) {
    return new KnownError('firewall-misconfigured', `${origin} does not know ${method} yet`, {
      hint: 'The web server was not restarted after the package was installed: run /etc/rc.restart_webgui on pfSense.',
    });
  }
  if (status >= 300 && status < 400) {
    const target = response.headers.get('location') ?? 'elsewhere';
    return new KnownError(
      'firewall-misconfigured',
      `${origin} redirects to ${target}, and the key does not follow`,
      {
        hint: 'Set url to the https address of the pfSense web page itself.',
      },
    );
  }
  if (status >= 500) return serverFailure(response);
  return new KnownError(
    'firewall-misconfigured',
    `${origin} answered ${path} with ${response.contentType ?? 'no content type'} instead of JSON (HTTP ${status})`,
    { hint: 'A web page answers there instead of the API: check the url, and proxies on the way.' },
  );
}
