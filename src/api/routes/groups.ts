import { z } from 'zod';
import type { GroupChange } from '../../actions/create-group.ts';
import { findGroup } from '../../actions/find-group.ts';
import type { PlexDirectFound as Found } from '../../actions/find-plex-direct.ts';
import type { PlexIdentity } from '../../actions/ports.ts';
import { listGroups } from '../../store/groups.ts';
import { listUnknownClients, type UnknownClient } from '../../store/unknown-clients.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, GroupName, isoTime } from '../contract/common.ts';
import {
  ClientRequest,
  Group,
  GroupCreate,
  GroupEffect,
  GroupList,
  GroupPatch,
  type Host,
  HostFilter,
  HostList,
  PauseRequest,
  PlexDirectFind,
  PlexDirectFound,
} from '../contract/groups.ts';
import { pageOfAll } from '../paging.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect, viewGroup } from '../views.ts';

const OneGroup = z.object({ name: GroupName });
const admin = { permission: 'admin' } as const;

export function groupRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db } = deps;
  const changed = { 200: GroupEffect };
  const view = ({ group, effect, entry }: GroupChange) => ({
    group: viewGroup(deps, group),
    effect: viewEffect(effect),
    entry,
  });

  app.get(
    '/groups',
    { schema: { response: { 200: GroupList } }, config: { permission: 'read' } },
    async () => ({ items: listGroups(db).map((group) => viewGroup(deps, group)) }),
  );
  app.get(
    '/groups/:name',
    { schema: { params: OneGroup, response: { 200: Group } }, config: { permission: 'read' } },
    async ({ params }) => viewGroup(deps, findGroup(db, params.name)),
  );
  app.post('/groups', { schema: { body: GroupCreate, response: changed }, config: admin }, async (request) =>
    view(await actions.createGroup(request.body, actorOf(request))),
  );
  app.patch(
    '/groups/:name',
    { schema: { params: OneGroup, body: GroupPatch, response: changed }, config: admin },
    async (request) =>
      view(await actions.changeGroup({ ...request.body, group: request.params.name }, actorOf(request))),
  );
  app.post(
    '/groups/:name/plex-direct/find',
    {
      schema: { params: OneGroup, body: PlexDirectFind.nullish(), response: { 200: PlexDirectFound } },
      config: admin,
    },
    async ({ params, body }) =>
      viewFound(await actions.findPlexDirect({ group: params.name, server: body?.server })),
  );
  app.post(
    '/groups/:name/pause',
    { schema: { params: OneGroup, body: PauseRequest, response: changed }, config: admin },
    async (request) =>
      view(await actions.pauseGroup({ ...request.body, group: request.params.name }, actorOf(request))),
  );
  app.post(
    '/groups/:name/resume',
    { schema: { params: OneGroup, body: Empty.nullish(), response: changed }, config: admin },
    async (request) => view(await actions.resumeGroup(request.params.name, actorOf(request))),
  );
  app.post(
    '/groups/:name/clients',
    { schema: { params: OneGroup, body: ClientRequest, response: changed }, config: admin },
    async (request) =>
      view(await actions.addClient({ ...request.body, group: request.params.name }, actorOf(request))),
  );
  app.delete(
    '/groups/:name/clients',
    { schema: { params: OneGroup, querystring: ClientRequest, response: changed }, config: admin },
    async (request) =>
      view(await actions.removeClient({ ...request.query, group: request.params.name }, actorOf(request))),
  );

  app.get(
    '/hosts',
    { schema: { querystring: HostFilter, response: { 200: HostList } }, config: { permission: 'read' } },
    async ({ query }) => {
      const page = pageOfAll(listUnknownClients(db), query, ({ address }) => address);
      return { ...page, items: page.items.map(viewHost) };
    },
  );
}

function viewFound({ items, proposal }: Found): PlexDirectFound {
  return {
    items: items.map(({ identity, hashes, ...item }) => ({
      ...item,
      hashes: [...hashes],
      ...(identity === undefined ? {} : { identity: withoutUndefined(identity) }),
    })),
    ...(proposal === undefined
      ? {}
      : { proposal: { hashes: [...proposal.hashes], ownAddresses: [...proposal.ownAddresses] } }),
  };
}

function withoutUndefined({ claimed, ...rest }: PlexIdentity) {
  return { ...rest, ...(claimed === undefined ? {} : { claimed }) };
}

function viewHost(host: UnknownClient): Host {
  return {
    address: host.address,
    queries: host.queries,
    names: host.names,
    firstAt: isoTime(host.firstAt),
    lastAt: isoTime(host.lastAt),
    sentence: `new host ${host.address} asked ${host.names} ${host.names === 1 ? 'name' : 'names'}`,
  };
}
