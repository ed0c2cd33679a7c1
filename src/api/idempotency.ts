/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a change that is asked again with the same key is not made again.
 *
 *   same key, same request   → the answer of then, for a day
 *   same key, another body   → 422
 *   the first is under way   → 409
 *   the answer had a secret  → 409: it was made, and its answer is shown once
 *
 * Only answers of changes that were made are kept: a refusal changed nothing, and may be another one next time.
 */
import { createHash, createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { findAnswer, type KeptAnswer, keepAnswer } from '../store/kept-answers.ts';
import type { MainDb } from '../store/open.ts';
import type { Api } from './server.ts';

/** What is under way, for all listeners together. */
export type UnderWay = Map<string, string>;

export interface IdempotencyDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  readonly underWay: UnderWay;
}

export function honourIdempotencyKeys(app: Api, { db, clock, log, underWay }: IdempotencyDeps): void {
  app.decorateRequest('keyed', undefined);

  // After the body was read and checked, before anything is done.
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined) return;
    const keyed = keyedRequest(request, key);
    const known = findAnswer(db, keyed.keyHash, clock.now());
    const fingerprint = known?.fingerprint ?? underWay.get(keyed.keyHash);
    if (fingerprint !== undefined && fingerprint !== keyed.fingerprint) {
      throw new KnownError('idempotency-key-reused', 'this Idempotency-Key was used for another request', {
        hint: 'Make a new key, such as a UUID, for each change.',
      });
    }
    if (known !== undefined) return tellAgain(reply, known);
    if (underWay.has(keyed.keyHash)) {
      reply.header('retry-after', '1');
      throw new KnownError(
        'request-under-way',
        'the first request with this Idempotency-Key is not done yet',
      );
    }
    underWay.set(keyed.keyHash, keyed.fingerprint);
    request.keyed = keyed;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const { keyed } = request;
    if (keyed === undefined) return;
    request.keyed = undefined;
    underWay.delete(keyed.keyHash);
    if (reply.statusCode >= 300) return;
    const isSecret = request.routeOptions.config.secretAnswer === true;
    const body = typeof payload === 'string' && payload.length <= LONGEST_BODY && !isSecret ? payload : null;
    try {
      keepAnswer(db, { ...keyed, at: clock.now(), status: reply.statusCode, body });
    } catch (error) {
      // The change is made, and that is what has to be said.
      if (!(error instanceof KnownError)) throw error;
      log.warn({ error: error.message }, 'an answer was not kept for its Idempotency-Key');
    }
  });
}

type Keyed = Pick<KeptAnswer, 'keyHash' | 'actor' | 'fingerprint'>;

/** What asks for no permission signs in and out, which is a cookie and not its answer: told again it would do nothing. */
function keyOf({ method, headers, identity, routeOptions, query }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined || identity === undefined || !CHANGING.has(method)) return undefined;
  const { permission, onlyLooks } = routeOptions.config;
  if (permission === 'open' || (typeof onlyLooks === 'function' ? onlyLooks(query) : onlyLooks === true))
    return undefined;
  // A string of RFC 9651 stands in quotes, and most clients leave them out.
  const key = /^"?([\x21\x23-\x5b\x5d-\x7e]{1,255}?)"?$/.exec(String(header))?.[1];
  if (key !== undefined) return key;
  throw new KnownError('invalid-input', 'Idempotency-Key: 1 to 255 visible characters', {
    hint: 'A UUID is a good one.',
  });
}

/** Under the key, which only the asker has: whoever reads the database cannot try passwords on it. */
function keyedRequest({ identity, method, url, body }: FastifyRequest, key: string): Keyed {
  const actor = identity?.actor.name ?? '';
  const asked = `${method} ${url}\n${JSON.stringify(body ?? null)}`;
  return {
    actor,
    keyHash: createHash('sha256')
      .update(JSON.stringify([actor, key]))
      .digest('hex'),
    fingerprint: createHmac('sha256', key).update(asked).digest('hex'),
  };
}

function tellAgain(reply: FastifyReply, { status, body, at }: KeptAnswer): FastifyReply {
  if (body === null) {
    throw new KnownError(
      'answer-not-kept',
      `this was done at ${new Date(at).toISOString()}, and its answer is not kept`,
      { hint: 'It held a secret that is shown once, or was very large. Look at what is there now.' },
    );
  }
  return reply
    .code(status)
    .header('idempotency-replayed', 'true')
    .type('application/json; charset=utf-8')
    .serializer(String)
    .send(body);
}

const CHANGING: ReadonlySet<string> = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);
/** Characters; the largest honest answer is a few firewalls. */
const LONGEST_BODY = 256 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer holds something that is shown once. */
    secretAnswer?: boolean;
    /** A POST that changes nothing: asked again it looks again, and kept answers would let a viewer fill the disk. */
    onlyLooks?: boolean | ((query: unknown) => boolean);
  }
  interface FastifyRequest {
    keyed: Keyed | undefined;
  }
}
