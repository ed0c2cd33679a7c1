/**
 * The API: the same routes twice, on TCP for people and scripts, and on a Unix socket for the CLI.
 *
 *   request → Host and origin (TCP) → who is it → may they (the route says what it needs)
 *           → Zod checks the input → one action or read → Zod cuts the output to the contract
 *           → or problem JSON (RFC 9457)
 */
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type {
  FastifyBaseLogger,
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { type IpAddress, type Prefix, parseIpAddress, prefixMatcher } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import { clientKey } from '../dns/limits/client-key.ts';
import {
  assertPermitted,
  type Channel,
  clientAddress,
  identify,
  type Permission,
  SESSION_COOKIE,
} from './access/identity.ts';
import type { Limits } from './access/limits.ts';
import type { Provider } from './access/oidc/provider.ts';
import { type Connection, readPeer } from './access/peer.ts';
import { type RequestLimiter, tooManyRequests } from './access/request-limits.ts';
import { createSessions } from './access/sessions.ts';
import type { SetupToken } from './access/setup-token.ts';
import { createTokens } from './access/tokens.ts';
import { handleErrors } from './answer-problems.ts';
import { limitConnections } from './connection-limit.ts';
import { serveDocs } from './docs-page.ts';
import type { Events } from './events/events.ts';
import type { Places } from './events/places.ts';
import { assertHostAllowed, assertSameSite } from './guards.ts';
import { createServer, type RawRequest, TIMEOUTS, type Timeouts } from './http-server.ts';
import { honourIdempotencyKeys, type UnderWay } from './idempotency.ts';
import { servePage } from './page.ts';
import { createRefusalLog } from './refusal-log.ts';
import type { RouteDeps } from './route-deps.ts';
import { apiRoutes } from './routes/all.ts';
import { healthRoutes } from './routes/health.ts';
import { listRoutes } from './routes/lists.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { adminExists } from './routes/session.ts';
import type { CertificatePair } from './tls/pair.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiDeps extends RouteDeps {
  readonly log: Log;
  /** Absent when there was an admin at the start. */
  readonly setupToken: SetupToken | undefined;
  readonly apiToken: Secret;
  /** One for all listeners, as its limits are. */
  readonly events: Events;
  readonly places: Places;
  readonly underWay: UnderWay;
  readonly limits: Limits;
  /** Host names besides addresses, localhost, *.local and *.home.arpa. */
  readonly allowedHosts: readonly string[];
  /** As a browser sees the page; absent: nobody said. */
  readonly publicUrl?: URL;
  /** False: only at the provider. */
  readonly passwordLogin: boolean;
  /** Who vouches for people, besides their passwords. */
  readonly provider?: Provider;
  /** Whose word on client, host and protocol counts. */
  readonly trustedProxies: readonly Prefix[];
  /** '' or '/sallyport', where a reverse proxy serves us below a path. */
  readonly basePath: string;
  /** Absent: plain HTTP. */
  readonly tls?: CertificatePair;
  /** Folder of the page's files. */
  readonly webRoot: string;
  /** How long requests may take to arrive; absent: as long as a phone needs. */
  readonly timeouts?: Timeouts;
}

export function createApi(
  channel: Channel,
  deps: ApiDeps,
  /** Before any route is there: for what looks at all of them, such as the OpenAPI document. */
  prepare: (app: Api) => void = () => {},
): Api {
  const tls = channel === 'web' ? deps.tls : undefined;
  const tokens = createTokens(deps.db, deps.clock, deps.log);
  const { attempts, providerSignIns, tokenGuesses, byClient, byActor } = deps.limits;
  const isTrustedProxy = prefixMatcher(deps.trustedProxies);
  const refused = createRefusalLog(deps.log, deps.clock);
  const sessions = createSessions(deps, ({ user }, from) =>
    refused({ code: 'session-elsewhere', from, what: { user: user.name } }),
  );
  const app = createServer(tls, deps.timeouts ?? TIMEOUTS, (request) =>
    channel === 'web' ? withBasePath(request, deps.basePath, isTrustedProxy) : (request.url ?? '/'),
  );
  if (channel === 'web') {
    limitConnections(app.server, {
      open: deps.limits.connections,
      isTrustedProxy,
      onRefused: (from) => refused({ code: 'too-many-connections', from }),
    });
  }
  // Fastify reads text/plain too, and a form on another site can send that without asking the browser's leave.
  app.removeContentTypeParser('text/plain');

  app.register(fastifyCookie);
  app.register(fastifyHelmet, helmetOptions(tls));
  app.decorateRequest('identity', undefined);
  app.decorateRequest('peer', undefined);
  prepare(app);

  app.addHook('onRequest', async (request, reply) => {
    // Whoever looks whether we live looks from the address of a flood too, where a container's gateway stands for all.
    const isLimited = channel === 'web' && !HEALTH.has(request.routeOptions.url ?? '');
    if (channel === 'web') {
      const peer = readPeer(connectionOf(request), isTrustedProxy);
      request.peer = peer;
      if (isLimited) limit(byClient, clientKey(clientAddress(request)), reply);
      assertHostAllowed(peer.hosts, deps.allowedHosts);
      if (!READING.has(request.method) || request.routeOptions.config.sameSite === true)
        assertSameSite(request.headers, peer, deps.publicUrl);
    }
    request.identity = identify(request, { channel, apiToken: deps.apiToken, tokens, sessions });
    if (request.identity === undefined && request.headers.authorization !== undefined) {
      const from = clientAddress(request);
      tokenGuesses.spend(clientKey(from));
      deps.log.warn({ from }, 'an API token was refused');
    }
    if (isLimited && request.identity !== undefined) limit(byActor, request.identity.actor.name, reply);
    const permission = request.is404 ? 'open' : permissionOf(request.routeOptions.config);
    const { identity } = request;
    const hasCookie = channel === 'web' && request.cookies[SESSION_COOKIE] !== undefined;
    assertPermitted(permission, { identity, hasCookie }, () => adminExists(deps.db));
    reply.header('cache-control', 'no-store');
  });
  honourIdempotencyKeys(app, deps);
  handleErrors(app, { log: deps.log, refused, basePath: channel === 'web' ? deps.basePath : '' });

  healthRoutes(app, deps);
  metricsRoutes(app, deps);
  const routeDeps = { ...deps, sessions, attempts, providerSignIns };
  // The base path is the proxy's; the socket has none before it.
  app.register(async (scoped: Api) => apiRoutes(scoped, channel, routeDeps), {
    prefix: channel === 'web' ? `${deps.basePath}/api/v1` : '/api/v1',
  });
  if (channel === 'web') {
    listRoutes(app, deps);
    servePage(app, deps);
    serveDocs(app, deps);
  }
  return app;
}

function limit(limiter: RequestLimiter, who: string, reply: FastifyReply): void {
  const seconds = limiter.spend(who);
  if (seconds === 0) return;
  reply.header('retry-after', String(seconds));
  throw tooManyRequests(who, seconds);
}

/** A route that says nothing asks for admin. */
export function permissionOf(config: FastifyContextConfig | undefined): Permission {
  return config?.permission ?? 'admin';
}

/** A proxy may take the base path off or leave it on: both are understood, where it is one of ours. */
function withBasePath(
  { url = '/', socket }: RawRequest,
  basePath: string,
  isTrustedProxy: (address: IpAddress) => boolean,
): string {
  const isBelow = url === basePath || url.startsWith(`${basePath}/`) || url.startsWith(`${basePath}?`);
  if (basePath === '' || isBelow || HEALTH_PATHS.has(url)) return url;
  // Nobody is there any more, and nobody gets an answer.
  if (socket.remoteAddress === undefined) return url;
  const from = parseIpAddress(socket.remoteAddress.replace(/%.*$/, ''));
  return isTrustedProxy(from) ? `${basePath}${url}` : url;
}

/** Beside the base path, for an orchestrator. */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

function connectionOf({ raw, headers }: FastifyRequest): Connection {
  const { socket } = raw;
  // Who has hung up already has no address, and gets no answer either.
  return { remoteAddress: socket.remoteAddress ?? '0.0.0.0', encrypted: 'encrypted' in socket, headers };
}

/** No inline script or style, nothing from elsewhere, in no frame. */
function helmetOptions(tls: CertificatePair | undefined) {
  const https = tls !== undefined;
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Behind a self-signed certificate it would take away the button that lets a person go on.
    strictTransportSecurity:
      tls === undefined || tls.selfSigned ? false : { maxAge: HSTS_S, includeSubDomains: false },
    // Browsers ignore these two on plain HTTP and complain about it in the console.
    crossOriginOpenerPolicy: https,
    originAgentCluster: https,
    referrerPolicy: { policy: 'no-referrer' },
  } as const;
}

const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Seconds; half a year, as is usual. */
const HSTS_S = 180 * 86_400;
