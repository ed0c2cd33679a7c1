import { z } from 'zod';
import { findGroup } from '../../actions/find-group.ts';
import type { PinEffect } from '../../actions/pin-address.ts';
import { formatPrefix } from '../../base/ip-address.ts';
import { getGroup } from '../../store/groups.ts';
import { type Pin, pinsInForce } from '../../store/pins.ts';
import { actorOf } from '../access/identity.ts';
import {
  PinCreate,
  type Pinned,
  PinnedEffect,
  PinnedFilter,
  PinnedList,
  PinPatch,
} from '../contract/addresses.ts';
import { endOf, Id, isoTime } from '../contract/common.ts';
import { keyOfId, pageOfAll } from '../paging.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { viewEffect } from '../views.ts';

const OneAddress = z.object({ id: Id });

/** Addresses opened by hand. */
export function addressRoutes(app: Api, deps: RouteDeps): void {
  const { actions, db, clock } = deps;
  const admin = { permission: 'admin' } as const;
  const changed = ({ pin, effect }: PinEffect) => ({
    address: viewPin(deps, pin),
    effect: viewEffect(effect),
  });

  app.get(
    '/addresses',
    { schema: { querystring: PinnedFilter, response: { 200: PinnedList } }, config: { permission: 'read' } },
    async ({ query }) => {
      const groupId = query.group === undefined ? undefined : findGroup(db, query.group).id;
      const page = pageOfAll(pinsInForce(db, clock.now(), groupId), query, ({ id }) => keyOfId(id));
      return { ...page, items: page.items.map((pin) => viewPin(deps, pin)) };
    },
  );
  app.post(
    '/addresses',
    { schema: { body: PinCreate, response: { 200: PinnedEffect } }, config: admin },
    async (request) => {
      const { until, ...rest } = request.body;
      return changed(await actions.pinAddress({ ...rest, until: endOf(until) }, actorOf(request)));
    },
  );
  app.patch(
    '/addresses/:id',
    { schema: { params: OneAddress, body: PinPatch, response: { 200: PinnedEffect } }, config: admin },
    async (request) => {
      const { until, ...rest } = request.body;
      const input = { ...rest, id: request.params.id, until: endOf(until) };
      return changed(await actions.changePinned(input, actorOf(request)));
    },
  );
  app.delete(
    '/addresses/:id',
    { schema: { params: OneAddress, response: { 200: PinnedEffect } }, config: admin },
    async (request) => changed(await actions.unpinAddress(request.params.id, actorOf(request))),
  );
}

function viewPin({ db }: Pick<RouteDeps, 'db'>, pin: Pin): Pinned {
  return {
    id: pin.id,
    group: getGroup(db, pin.groupId).name,
    address: formatPrefix(pin.prefix),
    ports: [...pin.ports],
    note: pin.note,
    origin: pin.origin,
    createdAt: isoTime(pin.createdAt),
    createdBy: pin.createdBy,
    ...(pin.until === undefined ? {} : { until: isoTime(pin.until) }),
    ...(pin.endedAt === undefined ? {} : { endedAt: isoTime(pin.endedAt) }),
    ...(pin.endedBy === undefined ? {} : { endedBy: pin.endedBy }),
    ...(pin.plexServer === undefined ? {} : { plexServer: pin.plexServer }),
    ...(pin.place === undefined ? {} : { place: pin.place }),
  };
}
