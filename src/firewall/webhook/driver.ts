/**
 * Any other firewall, through a script of the owner's behind an HTTP server: told what to hold, asked what it holds.
 *
 *   GET  url?alias=NAME              → {"addresses": ["192.0.2.7", ...]}
 *   POST url  {alias, addresses, add, renew, remove}      the whole set, and how it differs from the one before
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import { createHttpClient, type HttpResponse, type HttpTls, serverFailure } from '../../base/http.ts';
import { compareAddresses, type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import { Secret } from '../../base/secret.ts';
import type { Addition, AliasChanges, Driver, Entry, Finding } from '../driver.ts';
import { failedFinding } from '../findings.ts';
import { createKeyLockout, type KeyLockout } from '../key-lockout.ts';

export interface WebhookOptions {
  /** Of the script itself: nothing is put behind it but the query. */
  readonly url: string;
  readonly secret: Secret;
  readonly alias: string;
  readonly tls: HttpTls;
  readonly clock: Clock;
  /** Shared with the other aliases of the box. */
  readonly lockout?: KeyLockout;
}

export function createWebhookDriver(options: WebhookOptions): Driver {
  const { alias } = options;
  const caller = createCaller(options);
  /** The set the next plan is made from: a script that answers wrongly the second time must not be told a smaller one. */
  let lastRead: ReadonlySet<IpAddress> | undefined;
  return {
    capabilities: {
      confirms: 'table',
      enforces: true,
      expires: false,
      counters: false,
      typicalLatencyMs: 500,
    },
    async read(signal) {
      lastRead = await caller.get(signal);
      return new Map([...lastRead].map((address): [IpAddress, Entry] => [address, {}]));
    },
    async apply(changes, signal) {
      if (changes.add.length + changes.renew.length + changes.remove.length === 0) return;
      const before = lastRead ?? (await caller.get(signal));
      lastRead = undefined;
      await caller.post(describe(alias, before, changes), signal);
    },
    examine: (signal) => examine(alias, caller.get, signal),
    close: caller.close,
  };
}

/** Carried out twice it leaves the same: a script may take the whole set, or only the changes. */
function describe(
  alias: string,
  before: ReadonlySet<IpAddress>,
  { add, renew, remove }: AliasChanges,
): object {
  const gone = new Set(remove);
  const after = new Set([...before, ...[...add, ...renew].map(({ address }) => address)]);
  const timed = ({ address, forMs }: Addition) => ({ address, forSeconds: Math.ceil(forMs / 1000) });
  return {
    alias,
    addresses: [...after].filter((address) => !gone.has(address)).sort(compareAddresses),
    add: add.map(timed),
    renew: renew.map(timed),
    remove,
  };
}

function createCaller({ url, secret, alias, tls, clock, lockout = createKeyLockout(clock) }: WebhookOptions) {
  const target = new URL(url);
  const http = createHttpClient({ url: target.origin, tls, connections: 1, timeoutMs: CALL_TIMEOUT_MS });
  const authorization = new Secret(`Bearer ${secret.reveal()}`);

  const call = async (method: 'GET' | 'POST', body: string, signal: AbortSignal) => {
    lockout.check(secret);
    const query = new URLSearchParams(target.search);
    if (method === 'GET') query.set('alias', alias);
    const search = query.size === 0 ? '' : `?${query}`;
    const timestamp = String(Math.floor(clock.now() / 1000));
    const response = await http.request({
      method,
      path: target.pathname + search,
      headers: {
        authorization,
        accept: 'application/json',
        'x-sallyport-timestamp': timestamp,
        'x-sallyport-signature': `sha256=${sign(secret, `${timestamp}.${body}`)}`,
        ...(body === '' ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === '' ? {} : { body }),
      signal,
      // What a script is told twice leaves the same.
      repeatable: true,
    });
    if (response.status === 401 || response.status === 403) {
      throw lockout.refused(secret, refusedSecret(response), STOP_AFTER_401_MS);
    }
    if (response.status < 200 || response.status >= 300) throw refusal(response, alias);
    return response;
  };
  return {
    get: async (signal: AbortSignal) => addressesOf(await call('GET', '', signal), alias),
    post: async (body: object, signal: AbortSignal) => {
      await call('POST', JSON.stringify(body), signal);
    },
    close: http.close,
  };
}

function sign(secret: Secret, text: string): string {
  return createHmac('sha256', secret.reveal()).update(text).digest('hex');
}

/** Anything but a list of single addresses is an error, so that a broken script is never taken for an empty alias. */
function addressesOf(response: HttpResponse, alias: string): ReadonlySet<IpAddress> {
  const answer = Answer.safeParse(response.json());
  if (!answer.success) {
    throw new KnownError(
      'firewall-misconfigured',
      `The webhook ${response.origin} did not say what ${alias} holds`,
      {
        hint: 'It has to answer GET with {"addresses": ["192.0.2.7", ...]}, with [] when the alias is empty.',
      },
    );
  }
  return new Set(answer.data.addresses.map((text) => parseEntry(text, alias)));
}

function parseEntry(text: string, alias: string): IpAddress {
  try {
    return parseIpAddress(text);
  } catch (cause) {
    throw new KnownError(
      'firewall-misconfigured',
      `The webhook says that ${alias} holds ${JSON.stringify(text)}`,
      {
        cause,
        hint: 'It may list single addresses only, without a prefix length.',
      },
    );
  }
}

function refusedSecret({ origin, status }: HttpResponse): KnownError {
  return new KnownError('firewall-refused-key', `The webhook ${origin} refused the secret (HTTP ${status})`, {
    hint: 'The script has to know the same secret, and the clocks of both machines have to agree.',
  });
}

function refusal(response: HttpResponse, alias: string): Error {
  const { status, origin } = response;
  if (status === 404) {
    return new KnownError('firewall-alias-missing', `The webhook ${origin} knows no alias ${alias}`, {
      hint: 'Check alias and url; the script answers 404 for an alias that it does not keep.',
    });
  }
  if (status >= 500 || status === 429) return serverFailure(response);
  return new KnownError('firewall-misconfigured', `The webhook ${origin} answered HTTP ${status}`, {
    hint: 'It has to answer with 200; redirects are not followed.',
  });
}

async function examine(
  alias: string,
  read: (signal: AbortSignal) => Promise<ReadonlySet<IpAddress>>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const held = await read(signal);
    return [
      { check: 'reachable', result: 'ok', detail: 'The webhook answers' },
      { check: 'key', result: 'ok', detail: 'The secret is accepted' },
      { check: 'alias', result: 'ok', detail: `It says that ${alias} holds ${held.size} addresses` },
      {
        check: 'rule-uses-alias',
        result: 'unknown',
        detail: 'A webhook cannot tell whether a rule uses the alias',
        remedy: `Make sure that the firewall behind it lets the protected host reach ${alias} and nothing else.`,
      },
    ];
  } catch (error) {
    return [failedFinding(error, 'reachable')];
  }
}

/** A script that talks to a slow firewall in its turn. */
const CALL_TIMEOUT_MS = 30_000;

const STOP_AFTER_401_MS = 5 * 60_000;

/** More than any alias of ours; a longest address has 45 characters. */
const MOST_ADDRESSES = 100_000;
const Answer = z.object({ addresses: z.array(z.string().max(64)).max(MOST_ADDRESSES) });
