import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Api } from './server.ts';

/**
 * The API's description to read and to try, for whoever may read the API: Swagger UI out of its package, two files of it, under
 * our own content security policy and asking nobody else for anything. Needs the static files of servePage.
 */
export function serveDocs(app: Api, { basePath }: { readonly basePath: string }): void {
  const path = `${basePath}/api/v1/docs`;
  const config = { permission: 'read' } as const;
  app.get(path, { config }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').sendFile('docs.html', { cacheControl: false }),
  );
  app.get(`${path}/docs.js`, { config }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').sendFile('docs.js', { cacheControl: false }),
  );
  for (const name of VIEWER_FILES) {
    app.get(`${path}/${name}`, { config }, (_request, reply) =>
      reply.header('cache-control', 'no-cache').sendFile(name, VIEWER, { cacheControl: false }),
    );
  }
}

const VIEWER_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css'];
const VIEWER = join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static');
