import { isoTime } from '../contract/common.ts';
import { Why, WhyRequest } from '../contract/why.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewInterval, viewQuery } from '../views.ts';
import { viewRisk } from './risks.ts';

export function whyRoutes(app: Api, { actions }: RouteDeps): void {
  app.get(
    '/why',
    { schema: { querystring: WhyRequest, response: { 200: Why } }, config: { permission: 'read' } },
    async ({ query: { name, address, ...scope } }): Promise<Why> => {
      const answer = await actions.why(
        name === undefined ? { address: address ?? '', ...scope } : { name, ...scope },
      );
      if ('names' in answer) {
        return {
          names: answer.names.map((one) => ({
            ...one,
            types: [...one.types],
            nearest: one.nearest.map((rule) => ({ ...rule })),
            addresses: [...one.addresses],
            leftOut: one.leftOut.map((left) => ({ ...left, at: isoTime(left.at) })),
            refusals: one.refusals.map((day) => ({ ...day })),
            leases: one.leases.map(viewInterval),
            lastQueries: one.lastQueries.map(viewQuery),
          })),
        };
      }
      const { leases, risk, ...rest } = answer.address;
      const view = { ...rest, leases: leases.map(viewInterval) };
      return { address: risk === undefined ? view : { ...view, risk: viewRisk(risk) } };
    },
  );
}
