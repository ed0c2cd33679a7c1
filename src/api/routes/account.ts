/** What people do with their own account: password, second factor, and where they are signed in. */
import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import { endSession, listSessions, type Session } from '../../store/sessions.ts';
import { actorOf, sessionOf } from '../access/identity.ts';
import type { Sessions } from '../access/sessions.ts';
import { Empty, isoTime } from '../contract/common.ts';
import {
  ChangePassword,
  ConfirmSecondFactor,
  OfferedSecondFactor,
  OneSession,
  RecoveryCodes,
  SessionList,
  type SessionView,
  WithPassword,
} from '../contract/users.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Api } from '../server.ts';
import { openSession, type SessionRouteDeps } from './session.ts';

export function accountRoutes(app: Api, deps: RouteDeps & SessionRouteDeps): void {
  const { actions, attempts } = deps;
  const config = { permission: 'read' } as const;
  const secret = { ...config, secretAnswer: true } as const;

  app.post(
    '/session/password',
    { schema: { body: ChangePassword, response: { 200: Empty } }, config: secret },
    async (request, reply) => {
      const { user } = sessionOf(request);
      const giveBack = attempts.spend(`password of ${user.name}`);
      await actions.changeOwnPassword(user, request.body, actorOf(request));
      giveBack();
      // Signed out everywhere, and in again here.
      openSession(request, reply, user, deps);
      return {};
    },
  );
  app.post(
    '/session/second-factor',
    { schema: { body: WithPassword, response: { 200: OfferedSecondFactor } }, config: secret },
    async (request) => {
      const { user } = sessionOf(request);
      attempts.spend(`password of ${user.name}`);
      return actions.beginSecondFactor(user, request.body.password);
    },
  );
  app.post(
    '/session/second-factor/confirm',
    { schema: { body: ConfirmSecondFactor, response: { 200: RecoveryCodes } }, config: secret },
    async (request) => {
      const { user } = sessionOf(request);
      const recoveryCodes = actions.finishSecondFactor(user, request.body.code, actorOf(request));
      return { recoveryCodes: [...recoveryCodes] };
    },
  );
  app.post(
    '/session/second-factor/remove',
    { schema: { body: WithPassword, response: { 200: Empty } }, config },
    async (request) => {
      const { user } = sessionOf(request);
      attempts.spend(`password of ${user.name}`);
      await actions.removeOwnSecondFactor(user, request.body.password, actorOf(request));
      return {};
    },
  );
  sessionListRoutes(app, deps);
}

/** One's own; an admin sees and ends everybody's. */
export function sessionListRoutes(
  app: Api,
  { db, clock, sessions }: Pick<RouteDeps, 'db' | 'clock'> & { readonly sessions: Sessions },
): void {
  const config = { permission: 'read' } as const;
  const visible = (request: Parameters<typeof actorOf>[0]): readonly Session[] => {
    const { identity } = request;
    const all = identity?.role === 'admin' ? listSessions(db) : listSessions(db, sessionOf(request).user.id);
    return all.filter(sessions.isAlive);
  };
  const view = (session: Session, current: string | undefined): SessionView => ({
    id: idOf(session),
    user: session.user.name,
    from: session.fromAddress,
    userAgent: session.userAgent,
    createdAt: isoTime(session.createdAt),
    lastSeenAt: isoTime(session.lastSeenAt),
    current: session.tokenHash === current,
  });

  app.get('/sessions', { schema: { response: { 200: SessionList } }, config }, async (request) => ({
    items: visible(request).map((one) => view(one, request.identity?.session?.tokenHash)),
  }));
  app.delete(
    '/sessions/:id',
    { schema: { params: OneSession, response: { 200: Empty } }, config },
    async (request) => {
      const session = visible(request).find((one) => idOf(one) === request.params.id);
      if (session === undefined) throw new KnownError('not-found', `session ${request.params.id}`);
      const { name, origin } = actorOf(request);
      db.transaction(() => {
        endSession(db, session.tokenHash);
        appendAudit(db, {
          at: clock.now(),
          actor: name,
          action: 'session.revoke',
          subject: session.user.name,
          before: { from: session.fromAddress, createdAt: isoTime(session.createdAt) },
          origin,
        });
      });
      return {};
    },
  );
}

function idOf({ tokenHash }: Session): string {
  return tokenHash.slice(0, 16);
}
