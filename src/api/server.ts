/**
 * The API: the same routes twice, on TCP for people and scripts, and on a Unix socket for the CLI.
 *
 *   request → Host and origin (TCP) → who is it → may they (the route says what it needs)
 *           → Zod checks the input → one action or read → Zod cuts the output to the contract
 *           → or problem JSON (RFC 9457)
 */
import { randomUUID } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from '@fastify/type-provider-zod';
import fastify, {
  type FastifyBaseLogger,
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import { clientKey } from '../dns/limits/client-key.ts';
import { createAttemptLimiter } from './access/attempts.ts';
import {
  assertPermitted,
  type Channel,
  clientAddress,
  identify,
  type Permission,
} from './access/identity.ts';
import {
  ACTOR_LIMIT,
  CLIENT_LIMIT,
  createRequestLimiter,
  type RequestLimiter,
  tooManyRequests,
} from './access/request-limits.ts';
import { createSessions } from './access/sessions.ts';
import type { SetupToken } from './access/setup-token.ts';
import { createTokens } from './access/tokens.ts';
import { serveDocs } from './docs-page.ts';
import type { Events } from './events/events.ts';
import type { Places } from './events/places.ts';
import { assertHostAllowed, assertSameSite } from './guards.ts';
import { honourIdempotencyKeys, type UnderWay } from './idempotency.ts';
import { servePage } from './page.ts';
import { toProblem } from './problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { apiRoutes } from './routes/all.ts';
import { healthRoutes } from './routes/health.ts';
import { listRoutes } from './routes/lists.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { adminExists } from './routes/session.ts';

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
  /** Host names besides addresses, localhost, *.local and *.home.arpa. */
  readonly allowedHosts: readonly string[];
  /** '' or '/sallyport', where a reverse proxy serves us below a path. */
  readonly basePath: string;
  /** PEM; absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Folder of the page's files. */
  readonly webRoot: string;
}

export function createApi(
  channel: Channel,
  deps: ApiDeps,
  /** Before any route is there: for what looks at all of them, such as the OpenAPI document. */
  prepare: (app: Api) => void = () => {},
): Api {
  const tls = channel === 'web' ? deps.tls : undefined;
  const sessions = createSessions(deps.db, deps.clock, deps.log);
  const tokens = createTokens(deps.db, deps.clock, deps.log);
  const tokenGuesses = createAttemptLimiter(deps.clock);
  const byClient = createRequestLimiter(deps.clock, CLIENT_LIMIT);
  const byActor = createRequestLimiter(deps.clock, ACTOR_LIMIT);
  const app = createServer(tls);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Fastify reads text/plain too, and a form on another site can send that without asking the browser's leave.
  app.removeContentTypeParser('text/plain');

  app.register(fastifyCookie);
  app.register(fastifyHelmet, helmetOptions(tls !== undefined));
  app.decorateRequest('identity', undefined);
  prepare(app);

  app.addHook('onRequest', async (request, reply) => {
    // Whoever looks whether we live looks from the address of a flood too, where a container's gateway stands for all.
    const isLimited = channel === 'web' && !HEALTH.has(request.routeOptions.url ?? '');
    if (isLimited) limit(byClient, clientKey(clientAddress(request)), reply);
    if (channel === 'web') {
      assertHostAllowed(request.headers.host, deps.allowedHosts);
      if (!READING.has(request.method)) assertSameSite(request.headers);
    }
    request.identity = identify(request, { channel, apiToken: deps.apiToken, tokens, sessions });
    if (request.identity === undefined && request.headers.authorization !== undefined) {
      const from = clientAddress(request);
      tokenGuesses.spend(clientKey(from));
      deps.log.warn({ from }, 'an API token was refused');
    }
    if (isLimited && request.identity !== undefined) limit(byActor, request.identity.actor.name, reply);
    const permission = request.is404 ? 'open' : permissionOf(request.routeOptions.config);
    assertPermitted(permission, request.identity, adminExists(deps.db));
    reply.header('cache-control', 'no-store');
  });
  honourIdempotencyKeys(app, deps);
  handleErrors(app, deps.log);

  healthRoutes(app, deps);
  metricsRoutes(app, deps);
  const attempts = createAttemptLimiter(deps.clock);
  const routeDeps = { ...deps, sessions, attempts, secureCookie: tls !== undefined };
  app.register(async (scoped: Api) => apiRoutes(scoped, channel, routeDeps), {
    prefix: `${deps.basePath}/api/v1`,
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

function createServer(tls: ApiDeps['tls']): Api {
  const options = {
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  } as const;
  // Fastify types an HTTPS server apart, though every route is the same on both.
  const app =
    tls === undefined
      ? fastify(options)
      : (fastify({ ...options, https: tls }) as unknown as FastifyInstance);
  return app.withTypeProvider<ZodTypeProvider>();
}

function handleErrors(app: Api, log: Log): void {
  const tell = (error: unknown, request: FastifyRequest) => {
    const problem = toProblem(error, request.id);
    const what = { requestId: request.id, method: request.method, route: request.routeOptions.url };
    if (problem.status >= 500) log.error({ ...what, err: error }, problem.detail);
    else log.debug({ ...what, code: problem.code }, problem.detail);
    return problem;
  };
  app.setErrorHandler((error, request, reply) => {
    const problem = tell(error, request);
    return reply
      .code(problem.status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = tell(new KnownError('not-found', `there is no ${request.method} at this path`), request);
    return reply
      .code(problem.status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problem);
  });
}

/** No inline script or style, nothing from elsewhere, in no frame. HSTS is left to whoever ends TLS for a name of the owner's. */
function helmetOptions(https: boolean) {
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
    strictTransportSecurity: false,
    // Browsers ignore these two on plain HTTP and complain about it in the console.
    crossOriginOpenerPolicy: https,
    originAgentCluster: https,
    referrerPolicy: { policy: 'no-referrer' },
  } as const;
}

const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Octets; the largest honest body is a group with a hundred clients. */
const BODY_LIMIT = 1024 * 1024;
/** Milliseconds for a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Characters of a path parameter. */
const MAX_PARAM_LENGTH = 200;
