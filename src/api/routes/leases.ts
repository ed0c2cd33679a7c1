import { toAddress, toName } from '../../actions/canonical.ts';
import { LeaseFilter, LeaseList } from '../contract/leases.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewLease } from '../views.ts';

export function leaseRoutes(app: Api, { leases }: RouteDeps): void {
  app.get(
    '/leases',
    { schema: { querystring: LeaseFilter, response: { 200: LeaseList } }, config: { permission: 'read' } },
    async ({ query }) => ({ items: leases.live(canonical(query)).map(viewLease) }),
  );
}

function canonical({ group, name, address }: LeaseFilter) {
  return {
    ...(group === undefined ? {} : { group }),
    ...(name === undefined ? {} : { name: toName(name) }),
    ...(address === undefined ? {} : { address: toAddress(address) }),
  };
}
