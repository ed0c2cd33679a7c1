import { z } from 'zod';
import { parseDuration } from '../../actions/duration.ts';
import { findGroup } from '../../actions/find-group.ts';
import { KnownError } from '../../base/errors.ts';
import { countDenials, listDenials } from '../../store/denials.ts';
import type { Role } from '../../store/users.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, Id } from '../contract/common.ts';
import {
  AllowDenial,
  DenialAllowed,
  DenialFilter,
  DenialOnly,
  DenialPage,
  writeDenialCursor,
} from '../contract/denials.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewDenial, viewDenials, viewEffect, viewRule } from '../views.ts';

const OneDenial = z.object({ id: Id });

/** Milliseconds an approver may allow a name for: what is needed for longer is for an admin to decide. */
const APPROVER_MAX_MS = 7 * 86_400_000;

export function denialRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db, clock } = deps;
  app.get(
    '/denials',
    { schema: { querystring: DenialFilter, response: { 200: DenialPage } }, config: { permission: 'read' } },
    async ({ query }) => {
      const { state, group, window, part, name, cursor, limit } = query;
      const filter = {
        state,
        ...(group === undefined ? {} : { groupId: findGroup(db, group).id }),
        ...(window === undefined ? {} : { since: clock.now() - parseDuration(window) }),
        ...(part === undefined ? {} : { part }),
        ...(name === undefined ? {} : { names: name }),
      };
      const { items, nextCursor } = listDenials(db, {
        ...filter,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        items: viewDenials(deps, items),
        total: countDenials(db, filter),
        ...(nextCursor === undefined ? {} : { nextCursor: writeDenialCursor(nextCursor) }),
      };
    },
  );
  app.post(
    '/denials/:id/allow',
    {
      schema: { params: OneDenial, body: AllowDenial, response: { 200: DenialAllowed } },
      config: { permission: 'approve' },
    },
    async (request) => {
      assertMayAllow(request.identity?.role, request.body);
      const input = { ...request.body, id: request.params.id };
      const { denial, rule, effect, entry } = await actions.approveDenial(input, actorOf(request));
      return {
        denial: viewDenial(deps, denial),
        rule: viewRule(deps, rule),
        effect: viewEffect(effect),
        entry,
      };
    },
  );
  for (const [path, act] of [
    ['mute', actions.muteDenial],
    ['unmute', actions.unmuteDenial],
  ] as const) {
    app.post(
      `/denials/:id/${path}`,
      {
        schema: { params: OneDenial, body: Empty.nullish(), response: { 200: DenialOnly } },
        config: { permission: 'approve' },
      },
      async (request) => ({ denial: viewDenial(deps, act(request.params.id, actorOf(request))) }),
    );
  }
}

/** An approver lets one name through for a while, and nothing that could be forgotten or carry more than it seems. */
export function assertMayAllow(
  role: Role | undefined,
  { for: time, scope, types }: Pick<AllowDenial, 'for' | 'scope' | 'types'>,
): void {
  if (role !== 'approver') return;
  const narrow = time !== 'always' && parseDuration(time) <= APPROVER_MAX_MS && scope === 'exact';
  if (narrow && types === undefined) return;
  throw new KnownError('not-allowed', 'an approver allows one name, for at most 7 days, and addresses only', {
    hint: 'Ask an admin for more.',
  });
}
