import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { KnownError } from '../base/errors.ts';
import type { Api } from './server.ts';

/**
 * The page as it was built (web/dist). Its files hold nothing secret, so nobody has to sign in to load them; everything they show
 * comes from the API. The document itself is written anew for each request: it carries the base path, and a nonce for the one
 * style sheet that the page makes while it runs, the colours of its theme.
 */
export function servePage(
  app: Api,
  { basePath, webRoot }: { readonly basePath: string; readonly webRoot: string },
): void {
  app.register(fastifyStatic, { root: webRoot, serve: false });
  const open = { config: { permission: 'open' } } as const;
  const readDocument = documentReader(join(webRoot, 'dist', 'index.html'), basePath);
  for (const path of SCREEN_PATHS) {
    app.get(`${basePath}${path}`, open, (_request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const policy = String(reply.getHeader('content-security-policy') ?? '');
      reply.header('content-security-policy', `${policy};style-src 'self' 'nonce-${nonce}'`);
      return reply.type('text/html; charset=utf-8').send(readDocument(nonce));
    });
  }
  for (const name of ['icon.svg', 'problem.css']) {
    app.get(`${basePath}/${name}`, open, (_request, reply) =>
      reply.header('cache-control', 'no-cache').sendFile(`public/${name}`, { cacheControl: false }),
    );
  }
  app.get<{ Params: { file: string } }>(`${basePath}/assets/:file`, open, (request, reply) =>
    // Another content has another name: whoever has the file never has to ask again.
    reply
      .header('cache-control', `public, max-age=${YEAR_S}, immutable`)
      .sendFile(`dist/assets/${request.params.file}`, { cacheControl: false }),
  );
  app.get(`${basePath}/api/v1/openapi.json`, { config: { permission: 'read' } }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').sendFile('openapi.json', { cacheControl: false }),
  );
  if (basePath !== '') {
    app.get(basePath, open, (_request, reply) => reply.redirect(`${basePath}/`));
  }
}

/** Where the page's screens are; its own router (web/src/app/router.tsx) knows the same. */
export const SCREEN_PATHS: readonly string[] = [
  '/',
  '/setup',
  '/refused',
  '/domains',
  '/firewall',
  '/learn',
  '/log',
  '/audit',
  '/settings',
];

/** Read for each request: a page that is built meanwhile needs no restart. */
function documentReader(file: string, basePath: string): (nonce: string) => string {
  return (nonce) => {
    if (!existsSync(file)) {
      throw new KnownError('page-not-built', `the page was not built: there is no ${file}`, {
        hint: 'Run `npm ci && npm run build:web` where Sallyport is installed. Names resolve without it, and the sallyport command does all of it too.',
      });
    }
    return (
      readFileSync(file, 'utf8')
        // From the root: a screen's address may have any depth, and what it loads is in one place.
        .replaceAll('"./', `"${basePath}/`)
        .replace('__BASE_PATH__', basePath)
        .replace('__STYLE_NONCE__', nonce)
    );
  };
}

/** Seconds; what HTTP calls for ever. */
const YEAR_S = 31_536_000;
