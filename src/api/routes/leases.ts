import { toAddress, toName } from '../../actions/canonical.ts';
import { findGroup } from '../../actions/find-group.ts';
import { parsePastPeriod } from '../../actions/period.ts';
import type { OpenAddress } from '../../actions/ports.ts';
import { KnownError } from '../../base/errors.ts';
import { actorOf } from '../access/identity.ts';
import { IdCursor } from '../contract/common.ts';
import { AnyLeaseList, LeaseDrop, LeaseDropped, LeaseFilter } from '../contract/leases.ts';
import { pageOfAll, USUAL_LIMIT } from '../paging.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect, viewInterval, viewLease } from '../views.ts';

export function leaseRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db, clock, leases, queries } = deps;
  app.get(
    '/leases',
    { schema: { querystring: LeaseFilter, response: { 200: AnyLeaseList } }, config: { permission: 'read' } },
    async ({ query: { at, risk, cursor, limit, ...filter } }) => {
      const asked = canonical(filter);
      if (filter.group !== undefined) findGroup(db, filter.group);
      if (at === undefined) {
        const most = risk === true ? (limit ?? USUAL_LIMIT) : limit;
        const live = pageOfAll(leases.live(asked), { cursor, limit: most }, keyOfLease);
        const risks = risk === true ? await risksOf(queries, live.items) : undefined;
        return {
          ...live,
          items: live.items.map((lease) => ({ ...viewLease(deps, lease), ...risks?.get(lease.address) })),
        };
      }
      const period = parsePastPeriod(at, clock.now());
      const page = await queries.leasesAt({
        ...asked,
        period,
        limit: limit ?? USUAL_LIMIT,
        ...(cursor === undefined ? {} : { cursor: readCursor(cursor) }),
      });
      return { ...page, at, items: page.items.map(viewInterval) };
    },
  );
  app.post(
    '/leases/drop',
    { schema: { body: LeaseDrop, response: { 200: LeaseDropped } }, config: { permission: 'admin' } },
    async (request) => {
      const { names, effect } = await actions.dropAddress(request.body, actorOf(request));
      return { names: [...names], effect: viewEffect(effect) };
    },
  );
}

async function risksOf(queries: RouteDeps['queries'], leases: readonly OpenAddress[]) {
  const addresses = [...new Set(leases.map(({ address }) => address))];
  const { items } = await queries.addressRisks({ addresses });
  return new Map(
    items.map(({ address, score, sentence, others }) => [address, { risk: { score, sentence, others } }]),
  );
}

function readCursor(text: string): number {
  const read = IdCursor.safeParse(text);
  if (read.success) return read.data;
  throw new KnownError('invalid-input', `not a cursor of what was open then: ${text}`, {
    hint: 'Give back the nextCursor of the page before, unchanged.',
  });
}

function keyOfLease({ address, group, cause, name }: OpenAddress): string {
  return JSON.stringify([address, group, cause, name]);
}

function canonical({ group, name, address }: Pick<LeaseFilter, 'group' | 'name' | 'address'>) {
  return {
    ...(group === undefined ? {} : { group }),
    ...(name === undefined ? {} : { name: toName(name) }),
    ...(address === undefined ? {} : { address: toAddress(address) }),
  };
}
