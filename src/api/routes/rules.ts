import { z } from 'zod';
import { findGroup } from '../../actions/find-group.ts';
import { getRule, rulesInForce } from '../../store/rules.ts';
import { actorOf } from '../access/identity.ts';
import { endOf, Id } from '../contract/common.ts';
import {
  OneRule,
  RuleBulk,
  RuleBulkEffect,
  RuleCreate,
  RuleEffect,
  RuleFilter,
  RuleList,
  RulePatch,
} from '../contract/rules.ts';
import { keyOfId, pageOfAll } from '../paging.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect, viewRule, viewRules } from '../views.ts';

const RuleId = z.object({ id: Id });

export function ruleRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db, clock } = deps;
  app.get(
    '/rules',
    { schema: { querystring: RuleFilter, response: { 200: RuleList } }, config: { permission: 'read' } },
    async ({ query }) => {
      const groupId = query.group === undefined ? undefined : findGroup(db, query.group).id;
      const rules = rulesInForce(db, clock.now(), groupId).filter(
        ({ expiresAt }) => query.temporary === undefined || query.temporary === (expiresAt !== undefined),
      );
      const page = pageOfAll(rules, query, ({ id }) => keyOfId(id));
      return { ...page, items: viewRules(deps, page.items) };
    },
  );
  app.post(
    '/rules',
    { schema: { body: RuleCreate, response: { 200: RuleEffect } }, config: { permission: 'admin' } },
    async (request) => {
      const { allow, deny, until, warm, ...rest } = request.body;
      const input = {
        ...rest,
        pattern: allow ?? deny ?? '',
        until: endOf(until),
        warm: warmOf(warm),
      };
      const act = allow === undefined ? actions.denyName : actions.allowName;
      const { rule, effect, entry } = await act(input, actorOf(request));
      return { rule: viewRule(deps, rule), effect: viewEffect(effect), entry };
    },
  );
  app.post(
    '/rules/bulk',
    { schema: { body: RuleBulk, response: { 200: RuleBulkEffect } }, config: { permission: 'admin' } },
    async (request) => {
      const { ids, action, until } = request.body;
      const actor = actorOf(request);
      const expiresAt = until === 'always' ? null : (endOf(until) ?? null);
      const { rules, effect, entry } =
        action === 'end'
          ? await actions.endRules(ids, actor)
          : await actions.setRuleEnds(
              ids.map((rule) => ({ rule, expiresAt })),
              actor,
            );
      return { rules: rules.map((rule) => viewRule(deps, rule)), effect: viewEffect(effect), entry };
    },
  );
  app.get(
    '/rules/:id',
    { schema: { params: RuleId, response: { 200: OneRule } }, config: { permission: 'read' } },
    async ({ params: { id } }) => ({ rule: viewRule(deps, getRule(db, id)) }),
  );
  app.patch(
    '/rules/:id',
    {
      schema: { params: RuleId, body: RulePatch, response: { 200: RuleEffect } },
      config: { permission: 'admin' },
    },
    async (request) => {
      const { until, warm, ...rest } = request.body;
      const input = { ...rest, id: request.params.id, until: endOf(until), warm: warmOf(warm) };
      const { rule, effect, entry } = await actions.changeRule(input, actorOf(request));
      return { rule: viewRule(deps, rule), effect: viewEffect(effect), entry };
    },
  );
  app.delete(
    '/rules/:id',
    { schema: { params: RuleId, response: { 200: RuleEffect } }, config: { permission: 'admin' } },
    async (request) => {
      const { rule, effect, entry } = await actions.endRule(request.params.id, actorOf(request));
      return { rule: viewRule(deps, rule), effect: viewEffect(effect), entry };
    },
  );
}

function warmOf(warm: RuleCreate['warm']) {
  return typeof warm === 'boolean' ? WARM[`${warm}`] : warm;
}

/** In sallyport.yaml warm is auto, true or false; both ways of writing it are taken. */
const WARM = { true: 'always', false: 'never' } as const;
