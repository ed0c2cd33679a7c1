/** The HTTP or HTTPS server: how large and how slow a request may be, before anybody looks at it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from '@fastify/type-provider-zod';
import fastify, { type FastifyInstance } from 'fastify';
import type { Api } from './server.ts';
import type { CertificatePair } from './tls/pair.ts';

export type RawRequest = Pick<IncomingMessage, 'url' | 'socket'>;

/** Milliseconds. */
export interface Timeouts {
  /** For a whole request to arrive. */
  readonly requestMs: number;
  /** For its headers, and for a handshake. */
  readonly headersMs: number;
  /** Between two looks at who is too slow. */
  readonly lookEveryMs: number;
}
/** A phone on a bad line needs a second or two. */
export const TIMEOUTS: Timeouts = { requestMs: 30_000, headersMs: 10_000, lookEveryMs: 2_000 };

export function createServer(
  tls: CertificatePair | undefined,
  { requestMs, headersMs, lookEveryMs }: Timeouts,
  rewriteUrl: (request: RawRequest) => string,
): Api {
  const limits = {
    headersTimeout: headersMs,
    connectionsCheckingInterval: lookEveryMs,
    maxHeaderSize: MAX_HEADER_SIZE,
  };
  const options = {
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestMs,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    rewriteUrl: (request: RawRequest) => rewriteUrl(request),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Given here, and not to the server that is made: then Fastify does not load compilers of its own, whose types it asks for.
    schemaController: {
      compilersFactory: {
        buildValidator: () => validatorCompiler as never,
        buildSerializer: () => serializerCompiler as never,
      },
    },
  } as const;
  // Fastify types an HTTPS server apart, though every route is the same on both.
  const app =
    tls === undefined
      ? fastify({ ...options, http: limits })
      : (fastify({
          ...options,
          https: { ...limits, handshakeTimeout: headersMs, cert: tls.cert, key: tls.key.reveal() },
        }) as unknown as FastifyInstance);
  return app.withTypeProvider<ZodTypeProvider>();
}

/** Octets; the largest honest body is a group with a hundred clients. */
const BODY_LIMIT = 1024 * 1024;
/** Octets of all headers together; Node's own default, written down. */
const MAX_HEADER_SIZE = 16 * 1024;
/** Characters of a path parameter. */
const MAX_PARAM_LENGTH = 200;
