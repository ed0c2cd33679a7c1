/** The OpenAPI document is made of the routes and their contract, and kept where it is served: `npm run openapi` writes it anew. */
import fastifySwagger from '@fastify/swagger';
import { jsonSchemaTransform } from '@fastify/type-provider-zod';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApi, permissionOf } from '../../src/api/server.ts';
import { readVersion } from '../../src/version.ts';
import { createWorld, type World } from '../actions/world.ts';
import { apiDeps } from './stage.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const PREFIX = '/api/v1';

/** The nouns of the product, as the first word of a path; the session and what belongs to it are one. */
function tagOf(url: string): string {
  const noun = url.slice(PREFIX.length + 1).split('/')[0] ?? '';
  return ['session', 'sessions', 'setup'].includes(noun) ? 'session' : noun;
}

const IDEMPOTENCY_KEY = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      type: 'string',
      maxLength: 255,
      description:
        'Asked again with the same key within a day, the same answer is given and nothing is done.',
    },
  },
};

const transform: typeof jsonSchemaTransform = (input) => {
  const made = jsonSchemaTransform(input);
  if (!made.url.startsWith(PREFIX) || input.schema === undefined)
    return { ...made, schema: { ...made.schema, hide: true } };
  const permission = permissionOf(input.route.config);
  const security = permission === 'open' ? [] : [{ token: [] }, { session: [] }];
  const changes = permission !== 'open' && [input.route.method].flat().some((method) => method !== 'GET');
  const headers = changes ? { headers: IDEMPOTENCY_KEY } : {};
  return {
    ...made,
    schema: {
      ...made.schema,
      ...headers,
      tags: [tagOf(made.url)],
      description: `Asks for: ${permission}.`,
      security,
    },
  };
};

/** A format says it shorter than its regular expression, which stands at every moment of time. */
function withoutPatterns(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('format' in value) || !('pattern' in value))
    return value;
  const { pattern: _, ...rest } = value;
  return rest;
}

async function documentOf() {
  const app = createApi('web', apiDeps(world), (fresh) => {
    fresh.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Sallyport',
          version: readVersion(),
          description: 'What each route means is in api.md; errors are problem details (RFC 9457).',
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        components: {
          securitySchemes: {
            token: { type: 'http', scheme: 'bearer' },
            session: { type: 'apiKey', in: 'cookie', name: 'sallyport_session' },
          },
        },
      },
      transform,
    });
  });
  await app.ready();
  return app.swagger();
}

test('web/openapi.json is what the routes say', async () => {
  const document = await documentOf();
  const text = `${JSON.stringify(document, withoutPatterns, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../web/openapi.json');
});

test('every route says what it takes and what it answers', async () => {
  const { paths = {} } = await documentOf();
  const silent = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {})
      .filter(([, one]) => (one as { responses?: Record<string, object> }).responses?.['200'] === undefined)
      .map(([method]) => `${method} ${path}`),
  );
  expect(silent).toEqual([]);
  expect(Object.keys(paths).length).toBeGreaterThan(30);
});
