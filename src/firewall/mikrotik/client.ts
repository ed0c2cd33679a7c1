import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import { createHttpClient, type HttpResponse, type HttpTls, serverFailure } from '../../base/http.ts';
import { Secret } from '../../base/secret.ts';
import { createKeyLockout, type KeyLockout } from '../key-lockout.ts';

/** Calls below /rest/ of RouterOS 7, with every refusal that ends the matter turned into its remedy. */
export interface MikrotikClient {
  call(request: MikrotikRequest, signal: AbortSignal): Promise<MikrotikAnswer>;
  close(): Promise<void>;
}

export interface MikrotikRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  /** 'ip/firewall/address-list' */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
}

/** What RouterOS said: its JSON, or a 400 or 404 of which the caller may make something. */
export type MikrotikAnswer =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly status: number; readonly detail: string };

export interface MikrotikConnection {
  readonly url: string;
  /** Name of the RouterOS user. */
  readonly user: Secret;
  readonly password: Secret;
  readonly tls: HttpTls;
  readonly clock: Clock;
  /** Shared with the other aliases of the box. */
  readonly lockout?: KeyLockout;
}

/** Calls at once; the REST service of a small router works on one core. */
export const CONNECTIONS = 3;

export function createMikrotikClient({
  url,
  user,
  password,
  tls,
  clock,
  lockout = createKeyLockout(clock),
}: MikrotikConnection): MikrotikClient {
  const http = createHttpClient({
    url,
    tls,
    connections: CONNECTIONS,
    timeoutMs: CALL_TIMEOUT_MS,
    // Not the user: a name like ours stands in the comment of every entry.
    secrets: [password],
  });
  const authorization = new Secret(
    `Basic ${Buffer.from(`${user.reveal()}:${password.reveal()}`).toString('base64')}`,
  );
  return {
    async call({ method, path, query, body }, signal) {
      lockout.check(authorization);
      const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
      const response = await http.request({
        method,
        path: `/rest/${path}${search}`,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
        // An entry made twice is refused as being there, and one removed twice is gone; the driver takes both for done.
        repeatable: true,
      });
      if (response.status === 401) {
        throw lockout.refused(authorization, refusedKey(response), STOP_AFTER_401_MS);
      }
      return understand(response);
    },
    close: http.close,
  };
}

/** A refusal in RouterOS's own words, where nothing better is known. */
export function unexpectedAnswer(
  what: string,
  { status, detail }: MikrotikAnswer & { ok: false },
): KnownError {
  return new KnownError('firewall-misconfigured', `MikroTik refused to ${what}: ${detail} (HTTP ${status})`);
}

/** RouterOS ends a REST call of its own accord after 60 s; a list of some thousand entries takes a second or two. */
const CALL_TIMEOUT_MS = 30_000;

/** Long enough that a wrong password is not taken for somebody who guesses. */
const STOP_AFTER_401_MS = 5 * 60_000;

const Refusal = z.object({ message: z.string().optional(), detail: z.string().optional() });

function understand(response: HttpResponse): MikrotikAnswer {
  const { status, origin, path } = response;
  if (status === 204) return { ok: true, json: undefined };
  if (status >= 200 && status < 300) return { ok: true, json: response.json() };
  if (status >= 300 && status < 400) {
    throw new KnownError('firewall-misconfigured', `${origin} redirects, and the password does not follow`, {
      hint: 'Set url to the https address of the router itself.',
    });
  }
  const refusal =
    response.contentType === 'application/json' ? Refusal.safeParse(response.json()).data : undefined;
  const detail = (refusal?.detail ?? refusal?.message ?? '').slice(0, MOST_DETAIL);
  if (status === 403 || detail.includes('not enough permissions')) {
    throw new KnownError(
      'firewall-privilege-missing',
      `MikroTik ${origin} does not allow the user ${pathOf(path)}`,
      {
        hint: 'Give the group of the user the policies read, write and rest-api (System > Users > Groups).',
      },
    );
  }
  if (status >= 500) throw serverFailure(response, detail);
  if (refusal !== undefined) return { ok: false, status, detail };
  throw new KnownError(
    'firewall-misconfigured',
    `${origin} answered ${pathOf(path)} with ${response.contentType ?? 'no content type'} instead of JSON (HTTP ${status})`,
    {
      hint: 'The REST API needs RouterOS 7.1 or newer and the service www-ssl (IP > Services): check the url.',
    },
  );
}

function pathOf(path: string): string {
  return path.split('?')[0] ?? path;
}

function refusedKey({ origin }: HttpResponse): KnownError {
  return new KnownError('firewall-refused-key', `MikroTik ${origin} refused user and password`, {
    hint: 'Check key (the name of the user) and secret (its password), and the addresses the user may come from (System > Users).',
  });
}

/** Characters of a refusal that are repeated to a person. */
const MOST_DETAIL = 200;
