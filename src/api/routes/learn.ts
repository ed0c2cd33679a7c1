import type { LearnReport } from '../../actions/learn-report.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import { GroupEffect } from '../contract/groups.ts';
import * as Contract from '../contract/learn.ts';
import { ReplayResult } from '../contract/replay.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect, viewGroup, viewRule } from '../views.ts';
import { viewAsked, viewReplay } from './replay.ts';

/** From learning to enforcing, and back. */
export function learnRoutes(app: Api, deps: RouteDeps): void {
  const { actions } = deps;
  const admin = { permission: 'admin' } as const;
  app.get(
    '/groups/:name/report',
    {
      schema: {
        params: Contract.LearnTarget,
        querystring: Contract.ReportFilter,
        response: { 200: Contract.LearnReport },
      },
      config: { permission: 'read' },
    },
    async ({ params, query }) => viewReport(await actions.reportLearning(params.name, query.since)),
  );
  app.post(
    '/groups/:name/enforce/preview',
    // It changes nothing; a POST, because rules do not fit into an address.
    {
      schema: {
        params: Contract.LearnTarget,
        body: Contract.EnforcePreview,
        response: { 200: ReplayResult },
      },
      config: { permission: 'read', onlyLooks: true },
    },
    async ({ params, body }) => viewReplay(await actions.previewEnforce({ ...body, group: params.name })),
  );
  app.post(
    '/groups/:name/enforce',
    {
      schema: {
        params: Contract.LearnTarget,
        body: Contract.EnforceRequest,
        response: { 200: Contract.EnforceResult },
      },
      config: admin,
    },
    async (request) => {
      const input = { ...request.body, group: request.params.name };
      const { group, rules, effect, entry } = await actions.enforceGroup(input, actorOf(request));
      return {
        group: viewGroup(deps, group),
        rules: rules.map((rule) => viewRule(deps, rule)),
        effect: viewEffect(effect),
        entry,
      };
    },
  );
  app.post(
    '/groups/:name/learn',
    {
      schema: { params: Contract.LearnTarget, body: Empty.nullish(), response: { 200: GroupEffect } },
      config: admin,
    },
    async (request) => {
      const { group, effect, entry } = await actions.learnGroup(
        { group: request.params.name },
        actorOf(request),
      );
      return { group: viewGroup(deps, group), effect: viewEffect(effect), entry };
    },
  );
}

function viewReport(report: LearnReport): Contract.LearnReport {
  const { since, until, presets, domains, lastDay, suggestion } = report;
  return {
    ...report,
    since: isoTime(since),
    until: isoTime(until),
    presets: presets.map((one) => ({ ...one, names: one.names.map(viewAsked) })),
    domains: domains.map((one) => ({ ...one, names: one.names.map(viewAsked) })),
    lastDay: {
      since: isoTime(lastDay.since),
      asItIs: { ...lastDay.asItIs, most: [...lastDay.asItIs.most] },
      suggested: { ...lastDay.suggested, most: [...lastDay.suggested.most] },
      sentence: lastDay.sentence,
    },
    suggestion: {
      rules: suggestion.rules.map(({ lastAt, ...rule }) => ({
        ...rule,
        ...viewLast(lastAt),
        types: [...rule.types],
        names: [...rule.names],
      })),
      leftOut: suggestion.leftOut.map(({ lastAt, ...one }) => ({
        ...one,
        ...viewLast(lastAt),
        risks: [...one.risks],
      })),
      leftOutNames: suggestion.leftOutNames,
    },
  };
}

function viewLast(lastAt: number | undefined) {
  return lastAt === undefined ? {} : { lastAt: isoTime(lastAt) };
}
