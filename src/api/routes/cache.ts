import { actorOf } from '../access/identity.ts';
import { Cache, CacheFlush, CacheFlushed } from '../contract/cache.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function cacheRoutes(app: Api, { actions, cache }: RouteDeps): void {
  app.get('/cache', { schema: { response: { 200: Cache } }, config: { permission: 'read' } }, async () => ({
    ...cache.report(),
  }));
  app.post(
    '/cache/flush',
    {
      schema: { body: CacheFlush.nullish(), response: { 200: CacheFlushed } },
      config: { permission: 'admin' },
    },
    async (request) => {
      const { flushed } = await actions.flushCache(request.body?.name, actorOf(request));
      return { flushed, cache: { ...cache.report() } };
    },
  );
}
