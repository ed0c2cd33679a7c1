/** The page on each of its addresses; where one cannot be had the others are served, and names are answered all the same. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { Server as TlsServer } from 'node:tls';
import { type ApiDeps, createApi } from '../api/server.ts';
import { openPageCertificate, type PageCertificate } from '../api/tls/page-certificate.ts';
import type { Clock } from '../base/clock.ts';
import { describeError, KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { WebConfig } from '../config/schema/web.ts';
import { parseEndpoint } from '../dns/endpoint.ts';
import { expandEndpoints } from '../dns/listener/endpoints.ts';
import { bindRemedy } from './welcome.ts';

export interface Pages {
  readonly opened: readonly Opened[];
  close(): Promise<void>;
}

interface Opened {
  readonly url: string;
  readonly problem?: string;
}

export interface CertificateDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Undefined for plain HTTP; the text is the reason why there is none although there should be one. */
export function openCertificate(
  web: WebConfig,
  { dataDir, clock, log }: CertificateDeps,
): PageCertificate | string | undefined {
  if (web.tls === undefined) return undefined;
  try {
    return openPageCertificate(web.tls, { dataDir, names: namesOf(web), clock, log });
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return describeError(error);
  }
}

export async function openPages(
  web: WebConfig,
  apiDeps: Omit<ApiDeps, 'tls'>,
  certificate: PageCertificate | string | undefined,
): Promise<Pages> {
  const { log } = apiDeps;
  if (typeof certificate === 'string') {
    // Never in clear text instead.
    log.error({ why: certificate }, 'the page cannot be served');
    const opened = web.listen.map((text) => ({ url: `https://${text}`, problem: certificate }));
    return { opened, close: async () => {} };
  }
  const tls = certificate?.current();
  const scheme = tls === undefined ? 'http' : 'https';
  const webs = web.listen.map((text) => ({
    text,
    api: createApi('web', { ...apiDeps, ...(tls === undefined ? {} : { tls }) }),
  }));
  certificate?.onChange(({ cert, key }) => {
    for (const { api } of webs) {
      if (api.server instanceof TlsServer) api.server.setSecureContext({ cert, key: key.reveal() });
    }
  });

  const opened: Opened[] = [];
  for (const { text, api } of webs) {
    const { address, port } = parseEndpoint(text);
    try {
      const url = await api.listen({ host: address, port });
      opened.push({ url: `${scheme}://${new URL(url).host}${web.basePath}` });
    } catch (error) {
      // Names go on resolving without a page; the CLI still works over its socket.
      const problem = bindRemedy(error, { address, port, variable: 'SALLYPORT_WEB_LISTEN' });
      log.error({ why: describeError(error), hint: problem }, `the page cannot be served on ${text}`);
      opened.push({ url: `${scheme}://${text}`, problem });
    }
  }
  return {
    opened,
    async close() {
      await Promise.all(webs.map(({ api }) => api.close()));
    },
  };
}

/** Everything a browser may have asked for: this machine by its names, the addresses of the listeners, what the owner named. */
function namesOf({ listen, allowedHosts }: WebConfig): readonly string[] {
  const own = hostname().toLowerCase();
  const named = [own, ...(own.includes('.') ? [] : [`${own}.local`]), 'localhost', ...allowedHosts];
  const listening = listen.flatMap((text) => expandEndpoints(text).map(({ address }) => address));
  return [...new Set([...named.filter((name) => HOST_NAME.test(name) || isIP(name) !== 0), ...listening])];
}

/** Letters, digits and dashes: what a certificate can carry. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/;
