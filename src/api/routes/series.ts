import { isoTime } from '../contract/common.ts';
import { Series, SeriesFilter } from '../contract/series.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function seriesRoutes(app: Api, { queries }: RouteDeps): void {
  app.get(
    '/series',
    { schema: { querystring: SeriesFilter, response: { 200: Series } }, config: { permission: 'read' } },
    async ({ query: { group } }) => {
      const found = await queries.series(group === undefined ? {} : { group });
      return {
        ...found,
        since: isoTime(found.since),
        until: isoTime(found.until),
        countedSince: isoTime(found.countedSince),
        steps: found.steps.map((step) => ({ ...step, at: isoTime(step.at) })),
      };
    },
  );
}
