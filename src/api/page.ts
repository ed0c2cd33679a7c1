import fastifyStatic from '@fastify/static';
import type { Api } from './server.ts';

/** The page's files hold nothing secret, so nobody has to sign in to load them; everything they show comes from the API. */
export function servePage(
  app: Api,
  { basePath, webRoot }: { readonly basePath: string; readonly webRoot: string },
): void {
  app.register(fastifyStatic, { root: webRoot, serve: false });
  const file = (path: string, name: string) =>
    app.get(`${basePath}${path}`, { config: { permission: 'open' } }, (_request, reply) =>
      reply.header('cache-control', 'no-cache').sendFile(name, { cacheControl: false }),
    );
  file('/', 'index.html');
  file('/setup', 'index.html');
  app.get(`${basePath}/api/v1/openapi.json`, { config: { permission: 'read' } }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').sendFile('openapi.json', { cacheControl: false }),
  );
  for (const name of PAGE_FILES) file(`/${name}`, name);
  if (basePath !== '') {
    app.get(basePath, { config: { permission: 'open' } }, (_request, reply) =>
      reply.redirect(`${basePath}/`),
    );
  }
}

const PAGE_FILES = ['app.js', 'denials.js', 'dom.js', 'overview.js', 'style.css', 'icon.svg'];
