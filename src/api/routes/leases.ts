import { toAddress, toName } from '../../actions/canonical.ts';
import { findGroup } from '../../actions/find-group.ts';
import { parsePastPeriod } from '../../actions/period.ts';
import { AnyLeaseList, LeaseFilter } from '../contract/leases.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewInterval, viewLease } from '../views.ts';

export function leaseRoutes(app: Api, { db, clock, leases, queries }: RouteDeps): void {
  app.get(
    '/leases',
    { schema: { querystring: LeaseFilter, response: { 200: AnyLeaseList } }, config: { permission: 'read' } },
    async ({ query: { at, cursor, limit, ...filter } }) => {
      const asked = canonical(filter);
      if (filter.group !== undefined) findGroup(db, filter.group);
      if (at === undefined) return { items: leases.live(asked).map(viewLease) };
      const period = parsePastPeriod(at, clock.now());
      const page = await queries.leasesAt({
        ...asked,
        period,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { ...page, at, items: page.items.map(viewInterval) };
    },
  );
}

function canonical({ group, name, address }: Pick<LeaseFilter, 'group' | 'name' | 'address'>) {
  return {
    ...(group === undefined ? {} : { group }),
    ...(name === undefined ? {} : { name: toName(name) }),
    ...(address === undefined ? {} : { address: toAddress(address) }),
  };
}
