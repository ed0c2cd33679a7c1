import type { Knock } from '../actions/ports.ts';
import { fetchCertificate } from '../base/certificate.ts';
import { KnownError, TransientDriverError } from '../base/errors.ts';
import { createHttpClient, type HttpTls } from '../base/http.ts';

/** A certificate is shown, and a page sent, in well under a second; a box that is busy gets some more. */
const KNOCK_MS = 10_000;

/** What a firewall shows to somebody without a key: its certificate, and the time on the answer to one page. */
export async function knock({ url, tls }: { readonly url: string; readonly tls: HttpTls }): Promise<Knock> {
  const { origin } = new URL(url);
  const [certificate, page] = await Promise.all([showCertificate(origin, tls), askForPage(origin, tls)]);
  return { url: origin, pin: tls.pin, certificate, ...page };
}

async function showCertificate(origin: string, { serverName }: HttpTls) {
  if (!origin.startsWith('https:')) return undefined;
  try {
    return await fetchCertificate(origin, {
      timeoutMs: KNOCK_MS,
      ...(serverName === undefined ? {} : { serverName }),
    });
  } catch (error) {
    foreseen(error);
    return undefined;
  }
}

/** The start page, without a key: no log-in is tried, so none can fail. */
async function askForPage(url: string, tls: HttpTls): Promise<Pick<Knock, 'refusal' | 'clockAheadMs'>> {
  const http = createHttpClient({ url, tls, connections: 1, timeoutMs: KNOCK_MS });
  try {
    const { headers } = await http.request({
      method: 'GET',
      path: '/',
      signal: new AbortController().signal,
    });
    const date = Date.parse(headers.get('date') ?? '');
    return { refusal: undefined, clockAheadMs: Number.isNaN(date) ? undefined : date - Date.now() };
  } catch (error) {
    return { refusal: foreseen(error), clockAheadMs: undefined };
  } finally {
    await http.close();
  }
}

function foreseen(error: unknown): Error {
  if (error instanceof KnownError || error instanceof TransientDriverError) return error;
  throw error;
}
