import type { Clock } from '../../base/clock.ts';
import { KnownError, TransientDriverError } from '../../base/errors.ts';
import { createHttpClient, type HttpResponse, type HttpTls, serverFailure } from '../../base/http.ts';
import { Secret } from '../../base/secret.ts';
import { createKeyLockout, type KeyLockout } from '../key-lockout.ts';

/** Calls below /api/, with every way OPNsense says no turned into an error that names the remedy. */
export interface OpnsenseClient {
  /** The JSON of the answer, and how long it took: OPNsense answers slowly, not wrongly, when its backend is dead. */
  get(path: string, signal: AbortSignal): Promise<OpnsenseAnswer>;
  post(path: string, body: object, signal: AbortSignal): Promise<OpnsenseAnswer>;
  /** The same for what must not happen twice: it is not repeated where the connection was closed under it. */
  postOnce(path: string, body: object, signal: AbortSignal): Promise<OpnsenseAnswer>;
  close(): Promise<void>;
}

export interface OpnsenseAnswer {
  readonly json: unknown;
  readonly tookMs: number;
}

export interface OpnsenseConnection {
  readonly url: string;
  readonly key: Secret;
  readonly secret: Secret;
  readonly tls: HttpTls;
  readonly clock: Clock;
  /** Shared with the other aliases of the box. */
  readonly lockout?: KeyLockout;
}

/** Calls made at once at most: writes wait for one lock there, so more would only keep its web page from working. */
export const CONNECTIONS = 4;

export function createOpnsenseClient(connection: OpnsenseConnection): OpnsenseClient {
  const { url, tls, clock, lockout = createKeyLockout(clock) } = connection;
  const secrets = [connection.key, connection.secret];
  const http = createHttpClient({ url, tls, connections: CONNECTIONS, timeoutMs: CALL_TIMEOUT_MS, secrets });
  const authorization = new Secret(
    `Basic ${Buffer.from(`${connection.key.reveal()}:${connection.secret.reveal()}`).toString('base64')}`,
  );
  // A call without the cookie of an earlier one leaves an empty session file behind on the box.
  let session: string | undefined;

  const call = async (
    method: 'GET' | 'POST',
    path: string,
    { body, repeatable }: { readonly body?: object; readonly repeatable: boolean },
    signal: AbortSignal,
  ) => {
    lockout.check(authorization);
    const response = await http.request({
      method,
      path: `/api/${path}`,
      // A JSON content type without a body is refused with 400, on GET too.
      headers: {
        authorization,
        ...(session === undefined ? {} : { cookie: session }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      repeatable,
    });
    session = SESSION_COOKIE.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? session;
    if (response.status === 401) {
      throw lockout.refused(authorization, refusedKey(response), STOP_AFTER_401_MS);
    }
    return { json: jsonOf(response), tookMs: response.tookMs };
  };
  return {
    get: (path, signal) => call('GET', path, { repeatable: true }, signal),
    post: (path, body, signal) => call('POST', path, { body, repeatable: true }, signal),
    postOnce: (path, body, signal) => call('POST', path, { body, repeatable: false }, signal),
    close: http.close,
  };
}

/** A working box answers in well under a second; one whose configd hangs takes 10 s a backend command, and lies at the end. */
const CALL_TIMEOUT_MS = 15_000;

const SESSION_COOKIE = /\bPHPSESSID=[A-Za-z0-9,-]{1,128}/;

const STOP_AFTER_401_MS = 5 * 60_000;

function jsonOf(response: HttpResponse): unknown {
  const { status, origin, path } = response;
  if (status === 200) {
    if (response.contentType === 'application/json') return response.json();
    throw notJson(response);
  }
  if (status >= 300 && status < 400) {
    throw new KnownError('firewall-misconfigured', `${origin} sent us to its login page (HTTP ${status})`, {
      hint: 'The Authorization header did not arrive. Set url to the address of OPNsense itself, with https:// and without a proxy that drops it.',
    });
  }
  if (status === 403) {
    throw new KnownError('firewall-privilege-missing', `OPNsense ${origin} does not allow the key ${path}`, {
      hint: `Give the user of the key the privilege "${privilegeFor(path)}" (System > Access > Users); if it has it, its group may be limited to other source networks.`,
    });
  }
  if (status === 404 || isOldRouter(response)) {
    throw new KnownError('firewall-misconfigured', `${origin} has no ${path}`, {
      hint: 'Check that url is the address of the OPNsense web page; OPNsense 25.1 or newer is needed.',
    });
  }
  if (status >= 500) throw brokenInside(response);
  throw new KnownError('firewall-misconfigured', `${origin} refused ${path} with HTTP ${status}`, {
    hint: 'A proxy between Sallyport and OPNsense may change requests: set url to OPNsense itself.',
  });
}

/** Releases before 24.7 had another router, which says "Action ... not found" with 400 (seen with 22.7). */
function isOldRouter(response: HttpResponse): boolean {
  return response.status === 400 && /\bnot found\b/i.test(response.text());
}

/** As the page of OPNsense names it. */
function privilegeFor(path: string): string {
  if (path.startsWith('/api/diagnostics/')) return 'Diagnostics: Show States';
  if (path.startsWith('/api/firewall/alias/')) return 'Firewall: Alias: Edit';
  return 'Diagnostics: PF Table IP addresses';
}

function refusedKey({ origin }: HttpResponse): KnownError {
  return new KnownError('firewall-refused-key', `OPNsense ${origin} refused the key`, {
    hint: 'Check key and secret (System > Access > Users > API keys) and that the user is neither disabled nor expired.',
  });
}

/** 200 without JSON: nothing from a silent backend, a PHP error text, or the page of something that is not the API. */
function notJson(response: HttpResponse): Error {
  const { origin, path } = response;
  const text = response.text().trim();
  if (text === '') {
    return new TransientDriverError(
      `OPNsense ${origin} answered ${path} with nothing: its backend (configd) is silent`,
    );
  }
  if (/Fatal error:/.test(text)) {
    return new TransientDriverError(`OPNsense ${origin} failed inside on ${path} (PHP fatal error)`);
  }
  return new KnownError(
    'firewall-misconfigured',
    `${origin} answered ${path} with ${response.contentType ?? 'no content type'} instead of JSON`,
    { hint: 'A web page answers there instead of the API: check the url, and proxies on the way.' },
  );
}

/** A title means a refusal meant for people (UserException); anything else inside may pass. */
function brokenInside(response: HttpResponse): Error {
  const said = response.contentType === 'application/json' ? response.json() : undefined;
  const record = typeof said === 'object' && said !== null ? said : {};
  const message = 'errorMessage' in record ? String(record.errorMessage) : '';
  if (!('errorTitle' in record)) return serverFailure(response, message);
  return new KnownError(
    'firewall-misconfigured',
    `OPNsense ${response.origin} refused ${response.path}: ${message}`,
    {
      hint: 'If the user of the key has the privilege "System: Deny config write", remove it (System > Access > Users).',
    },
  );
}
