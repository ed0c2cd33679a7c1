import { toAddress, toName } from '../../actions/canonical.ts';
import { parseDomainName } from '../../base/domain-name.ts';
import { isoTime } from '../contract/common.ts';
import { QueryFilter, QueryPage } from '../contract/queries.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { knownAs, viewQuery } from '../views.ts';

export function queryRoutes(app: Api, { queries, catalog }: RouteDeps): void {
  app.get(
    '/queries',
    { schema: { querystring: QueryFilter, response: { 200: QueryPage } }, config: { permission: 'read' } },
    async ({ query }) => {
      const { items, nextCursor, searchedTo } = await queries.search(toFilter(query));
      return {
        items: items.map((query) => ({
          ...viewQuery(query),
          ...knownAs(catalog, parseDomainName(query.name)),
        })),
        ...(nextCursor === undefined ? {} : { nextCursor }),
        ...(searchedTo === undefined ? {} : { searchedTo: isoTime(searchedTo) }),
      };
    },
  );
}

/** A leading dot asks for everything below the name too. */
function toFilter({ name, client, since, until, ...rest }: QueryFilter) {
  return {
    ...rest,
    ...(client === undefined ? {} : { client: toAddress(client) }),
    ...(name === undefined
      ? {}
      : { name: toName(name.replace(/^\.(?=.)/, '')), below: name.startsWith('.') }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  };
}
