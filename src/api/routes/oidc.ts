/**
 * Signing in at a provider: the page asks for an address and goes there, and the provider sends the browser back.
 *
 *   page ──POST──▶ begin: flow kept, cookie set ──▶ provider ──▶ callback: cookie and state fit, code exchanged ──▶ session ──▶ page
 */
import type { FastifyRequest } from 'fastify';
import { type KnownError as Known, KnownError } from '../../base/errors.ts';
import { clientKey } from '../../dns/limits/client-key.ts';
import { appendAudit } from '../../store/audit.ts';
import type { AttemptLimiter } from '../access/attempts.ts';
import { clientAddress, peerOf } from '../access/identity.ts';
import { readName, readRole } from '../access/oidc/claims.ts';
import { FLOW_LIFETIME_MS, type Flow } from '../access/oidc/flows.ts';
import { type Provider, withoutSlash } from '../access/oidc/provider.ts';
import { ProviderReturn, SignInAt, SignInAtProvider } from '../contract/session.ts';
import type { Api } from '../server.ts';
import { cookieOptions, openSession, type SessionRouteDeps } from './session.ts';

const FLOW_COOKIE = 'sallyport_flow';

export interface OidcRouteDeps extends SessionRouteDeps {
  readonly providerSignIns: AttemptLimiter;
}

export function oidcRoutes(app: Api, deps: OidcRouteDeps, provider: Provider): void {
  const { actions, db, clock, providerSignIns } = deps;
  const config = { permission: 'open' } as const;
  const flowCookie = (request: FastifyRequest) => ({
    ...cookieOptions(request, deps),
    path: `${deps.basePath}/api/v1/session/oidc`,
  });
  const spend = (request: FastifyRequest) =>
    providerSignIns.spend(`client ${clientKey(clientAddress(request))}`);

  app.post(
    '/session/oidc',
    { schema: { body: SignInAtProvider, response: { 200: SignInAt } }, config },
    async (request, reply) => {
      spend(request);
      const { publicUrl } = provider;
      // The cookie has to be where the provider sends the browser back to.
      if (!peerOf(request).hosts.includes(publicUrl.host)) return { location: `${withoutSlash(publicUrl)}/` };

      const { url, flow } = await provider.begin(ownAddress(publicUrl, request.body.returnTo));
      reply.setCookie(FLOW_COOKIE, provider.flows.begin(flow), {
        ...flowCookie(request),
        maxAge: FLOW_LIFETIME_MS / 1000,
      });
      return { location: url.href };
    },
  );

  app.get(
    '/session/oidc/callback',
    { schema: { querystring: ProviderReturn }, config },
    async (request, reply) => {
      spend(request);
      reply.clearCookie(FLOW_COOKIE, flowCookie(request));
      const flow = provider.flows.take(request.cookies[FLOW_COOKIE], request.query.state);
      const user = await signIn(request, flow);
      openSession(request, reply, user, deps);
      return reply.redirect(flow?.returnTo ?? `${withoutSlash(provider.publicUrl)}/`, 303);
    },
  );

  const signIn = async (request: FastifyRequest, flow: Flow | undefined) => {
    const origin = clientAddress(request);
    try {
      if (flow === undefined) throw stale();
      const query = request.url.slice(request.url.indexOf('?'));
      const { issuer, subject, claims } = await provider.finish(query, flow);
      const { role, seen } = readRole(claims, provider.settings);
      return actions.signInByProvider({ issuer, subject, name: readName(claims), role, seen }, origin);
    } catch (error) {
      if (error instanceof KnownError && UNRECORDED.has(error.code)) {
        recordRefusal(origin, error);
      }
      throw error;
    }
  };

  const recordRefusal = (origin: string, { message }: Known) =>
    appendAudit(db, {
      at: clock.now(),
      actor: 'nobody',
      action: 'session.refused',
      subject: 'an unknown user',
      note: message,
      origin,
    });
}

/** Refusals that nobody wrote down yet: who it was is not known. */
const UNRECORDED: ReadonlySet<string> = new Set([
  'sign-in-stale',
  'provider-refused',
  'provider-unreachable',
]);

/** The address below our own that was asked for; the page itself for everything else: nobody is sent elsewhere from here. */
function ownAddress(publicUrl: URL, wanted: string | undefined): string {
  const home = `${withoutSlash(publicUrl)}/`;
  if (wanted === undefined || !URL.canParse(wanted, home)) return home;
  const url = new URL(wanted, home);
  return url.href.startsWith(home) ? url.href : home;
}

function stale(): KnownError {
  return new KnownError(
    'sign-in-stale',
    'this sign-in was begun elsewhere, took too long, or was used already',
    {
      hint: 'Go back to the page and begin anew.',
    },
  );
}
