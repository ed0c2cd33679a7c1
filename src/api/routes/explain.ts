import { toAddress, toName } from '../../actions/canonical.ts';
import { findGroup } from '../../actions/find-group.ts';
import type * as Port from '../../actions/reports/explain.ts';
import { Explained, type ExplainedName, ExplainRequest } from '../contract/explain.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function explainRoutes(app: Api, { db, queries }: RouteDeps): void {
  app.get(
    '/explain',
    {
      schema: { querystring: ExplainRequest, response: { 200: Explained } },
      config: { permission: 'read' },
    },
    async ({ query: { name, address, group } }): Promise<Explained> => {
      const scope = group === undefined ? {} : { group: findGroup(db, group).name };
      const explained = await queries.explain(
        name === undefined
          ? { address: toAddress(address ?? ''), ...scope }
          : { name: toName(name), ...scope },
      );
      if ('name' in explained) return { name: viewName(explained) };
      return {
        address: {
          ...explained,
          unnamed: explained.unnamed.map((one) => ({ ...one, sources: [...one.sources] })),
          names: explained.names.map((one) => ({ ...viewName(one), open: one.open })),
        },
      };
    },
  );
}

function viewName(one: Port.ExplainedName): ExplainedName {
  return {
    ...one,
    ports: [...one.ports],
    presets: one.presets.map((preset) => ({
      ...preset,
      sources: [...preset.sources],
      groups: [...preset.groups],
    })),
    groups: one.groups.map((group) => ({ ...group })),
  };
}
