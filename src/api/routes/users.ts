import { findSecondFactor } from '../../store/second-factor.ts';
import { listSessions } from '../../store/sessions.ts';
import { listUsers, type User } from '../../store/users.ts';
import { actorOf } from '../access/identity.ts';
import { Empty, isoTime } from '../contract/common.ts';
import { ChangeUser, CreateUser, OneUser, UserList, UserView } from '../contract/users.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';

export function userRoutes(app: Api, { actions, db }: RouteDeps): void {
  const config = { permission: 'admin' } as const;
  const view = ({ id, name, role, createdAt, provider, disabled }: User): UserView => {
    const seen = listSessions(db, id)[0]?.lastSeenAt;
    return {
      name,
      role,
      createdAt: isoTime(createdAt),
      disabled,
      ...(provider === undefined ? {} : { provider: provider.issuer }),
      secondFactor: findSecondFactor(db, id)?.confirmed === true,
      ...(seen === undefined ? {} : { lastSeenAt: isoTime(seen) }),
    };
  };

  app.get('/users', { schema: { response: { 200: UserList } }, config }, async () => ({
    items: listUsers(db).map(view),
  }));
  app.post('/users', { schema: { body: CreateUser, response: { 200: UserView } }, config }, async (request) =>
    view(await actions.createUser(request.body, actorOf(request))),
  );
  app.patch(
    '/users/:name',
    { schema: { params: OneUser, body: ChangeUser, response: { 200: UserView } }, config },
    async (request) => view(await actions.changeUser(request.params.name, request.body, actorOf(request))),
  );
  app.delete(
    '/users/:name',
    { schema: { params: OneUser, response: { 200: Empty } }, config },
    async (request) => {
      actions.removeUser(request.params.name, actorOf(request));
      return {};
    },
  );
  app.delete(
    '/users/:name/second-factor',
    { schema: { params: OneUser, response: { 200: Empty } }, config },
    async (request) => {
      actions.takeSecondFactor(request.params.name, actorOf(request));
      return {};
    },
  );
}
