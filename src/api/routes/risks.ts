import { toAddress } from '../../actions/canonical.ts';
import type * as Report from '../../actions/reports/risk.ts';
import { KnownError } from '../../base/errors.ts';
import { isoTime } from '../contract/common.ts';
import { type AddressRisk, RiskedAddress, RiskFilter, RiskOfAddress, RuleRisks } from '../contract/risks.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function riskRoutes(app: Api, { queries }: RouteDeps): void {
  app.get(
    '/risks',
    { schema: { querystring: RiskFilter, response: { 200: RuleRisks } }, config: { permission: 'read' } },
    async ({ query: { group, rule } }): Promise<RuleRisks> => {
      const { items, sources } = await queries.ruleRisks({
        ...(group === undefined ? {} : { group }),
        ...(rule === undefined ? {} : { rule }),
      });
      return { items: items.map(viewRule), sources };
    },
  );
  app.get(
    '/leases/:address/risk',
    { schema: { params: RiskedAddress, response: { 200: RiskOfAddress } }, config: { permission: 'read' } },
    async ({ params }) => {
      const { items, sources } = await queries.addressRisks({ addresses: [toAddress(params.address)] });
      const [risk] = items;
      if (risk === undefined) throw new KnownError('not-found', `address ${params.address}`);
      return { ...viewRisk(risk), sources };
    },
  );
}

export function viewRisk({ names, ...risk }: Report.AddressRisk): AddressRisk {
  return { ...risk, names: [...names] };
}

function viewRule({ worst, networks, change, ...rest }: Report.RuleRisk): RuleRisks['items'][number] {
  return {
    ...rest,
    worst: worst.map(viewRisk),
    networks: networks.map((network) => ({ ...network })),
    ...(change === undefined
      ? {}
      : { change: { ...change, since: isoTime(change.since), newNetworks: [...change.newNetworks] } }),
  };
}
