import { readOverview } from '../overview.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

/** Beside /api/v1, where monitoring systems look; with the same token, because it says who is protected and how well. */
export function metricsRoutes(app: Api, deps: RouteDeps & { readonly basePath: string }): void {
  app.get(`${deps.basePath}/metrics`, { config: { permission: 'read' } }, async (_request, reply) => {
    // Loaded where somebody reads them: many houses have no monitoring system.
    const { METRICS_TYPE, renderMetrics } = await import('../metrics.ts');
    reply.type(METRICS_TYPE);
    return renderMetrics({ ...readOverview(deps), feeds: deps.feeds.reports() });
  });
}
