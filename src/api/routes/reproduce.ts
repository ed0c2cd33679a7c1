import type { RefusedName, Reproducing } from '../../actions/reproduce/ports.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import * as Contract from '../contract/reproduce.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect, viewRule } from '../views.ts';
import { assertMayAllow } from './denials.ts';

const approve = { permission: 'approve' } as const;
const params = Contract.ReproduceTarget;
const body = Empty.nullish();

/** Do the thing that fails, see what was refused meanwhile, allow it for a while, and decide. */
export function reproduceRoutes(app: Api, deps: RouteDeps): void {
  const { actions } = deps;
  const shown = { 200: Contract.Reproduce };
  const show = async (name: string, all = false) => view(deps, await actions.showReproducing(name), all);
  const path = '/groups/:name/reproduce';

  app.get(
    path,
    {
      schema: { params, querystring: Contract.ReproduceFilter, response: shown },
      config: { permission: 'read' },
    },
    ({ params, query }) => show(params.name, query.all === '1'),
  );
  app.post(path, { schema: { params, body, response: shown }, config: approve }, (request) => {
    actions.startReproducing(request.params.name, actorOf(request));
    return show(request.params.name);
  });
  app.post(`${path}/verify`, { schema: { params, body, response: shown }, config: approve }, (request) => {
    actions.verifyReproducing(request.params.name);
    return show(request.params.name);
  });
  app.delete(path, { schema: { params, response: shown }, config: approve }, (request) => {
    actions.stopReproducing(request.params.name, actorOf(request));
    return show(request.params.name);
  });
  app.post(
    `${path}/allow`,
    {
      schema: { params, body: Contract.AllowRefused, response: { 200: Contract.RefusedAllowed } },
      config: approve,
    },
    async (request) => {
      assertMayAllow(request.identity?.role, { for: request.body.for, scope: 'exact', types: undefined });
      const input = { ...request.body, group: request.params.name };
      const { rules, skipped, effect } = await actions.allowRefused(input, actorOf(request));
      return {
        rules: rules.map((rule) => viewRule(deps, rule)),
        skipped: [...skipped],
        effect: viewEffect(effect),
      };
    },
  );
  for (const [last, act, permission] of [
    // For good is for an admin to decide, as everywhere.
    ['keep', actions.keepReproduced, 'admin'],
    ['drop', actions.dropReproduced, 'approve'],
  ] as const) {
    app.post(
      `${path}/${last}`,
      {
        schema: { params, body, response: { 200: Contract.ReproduceDecided } },
        config: { permission },
      },
      async (request) => {
        const { rules, effect } = await act(request.params.name, actorOf(request));
        return { rules: rules.map((rule) => viewRule(deps, rule)), effect: viewEffect(effect) };
      },
    );
  }
}

function view(deps: RouteDeps, found: Reproducing, all: boolean): Contract.Reproduce {
  if (!found.running) return found;
  const { startedAt, markAt, refused, background, onPurpose, rules, ...rest } = found;
  return {
    ...rest,
    startedAt: isoTime(startedAt),
    markAt: isoTime(markAt),
    refused: refused.map(viewRefused),
    backgroundNames: background.length,
    ...(all ? { background: background.map(viewRefused) } : {}),
    onPurpose: onPurpose.map(viewRefused),
    rules: rules.map((rule) => viewRule(deps, rule)),
  };
}

function viewRefused(one: RefusedName): Contract.RefusedName {
  return {
    ...one,
    types: [...one.types],
    reasons: [...one.reasons],
    risks: [...one.risks],
    firstAt: isoTime(one.firstAt),
    lastAt: isoTime(one.lastAt),
  };
}
