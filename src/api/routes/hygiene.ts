import type { Hygiene } from '../../actions/reports/hygiene.ts';
import { isoTime } from '../contract/common.ts';
import { HygieneFilter, HygieneReport } from '../contract/hygiene.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function hygieneRoutes(app: Api, { queries }: RouteDeps): void {
  app.get(
    '/hygiene',
    {
      schema: { querystring: HygieneFilter, response: { 200: HygieneReport } },
      config: { permission: 'read' },
    },
    async ({ query }) => view(await queries.hygiene(query)),
  );
}

function view({ countedSince, findings, rules, ...rest }: Hygiene): HygieneReport {
  return {
    ...rest,
    ...(countedSince === undefined ? {} : { countedSince: isoTime(countedSince) }),
    findings: findings.map(({ again, ...one }) => ({
      ...one,
      rules: [...one.rules],
      ...(again === undefined ? {} : { again: { ...again, types: [...again.types] } }),
    })),
    rules: rules.map(({ watchedSince, firstAt, lastAt, ...rule }) => ({
      ...rule,
      watchedSince: isoTime(watchedSince),
      ...(firstAt === undefined ? {} : { firstAt: isoTime(firstAt) }),
      ...(lastAt === undefined ? {} : { lastAt: isoTime(lastAt) }),
    })),
  };
}
