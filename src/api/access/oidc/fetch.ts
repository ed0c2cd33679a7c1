import { KnownError } from '../../../base/errors.ts';

/** Octets; a provider's answers have a few thousand. */
const ANSWER_LIMIT = 1024 * 1024;

/** Asks the provider. What is no whole answer of a server in order is provider-unreachable, with the reason; redirects are not followed. */
export async function boundedFetch(url: string, options: object): Promise<Response> {
  const { host } = new URL(url);
  let response: Response;
  let body: Uint8Array;
  try {
    response = await fetch(url, { ...options, redirect: 'manual' });
    body = await read(response, host);
  } catch (error) {
    if (error instanceof KnownError) throw error;
    throw unreachable(host, reasonOf(error));
  }
  if (response.status >= 500) throw unreachable(host, `it answers with status ${response.status}`);
  const { status, statusText, headers } = response;
  return new Response(NO_BODY.has(status) ? null : new Uint8Array(body), { status, statusText, headers });
}

async function read({ body }: Response, host: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const part of body ?? []) {
    octets += part.length;
    if (octets > ANSWER_LIMIT) throw unreachable(host, 'its answer is longer than 1 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function unreachable(host: string, why: string): KnownError {
  return new KnownError('provider-unreachable', `the provider does not answer: ${host}, ${why}`, {
    hint: 'Sign in with a password meanwhile, or try again. Its name has to resolve on the machine Sallyport runs on.',
  });
}

/** fetch hides what happened one step down. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it took too long';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return 'no connection';
}

/** Statuses whose Response may have none (Fetch section 2.2.3). */
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);
