import type { FastifyReply, FastifyRequest } from 'fastify';
import { verifyPassword } from '../../actions/password.ts';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import type { MainDb } from '../../store/open.ts';
import { countUsers, findUser } from '../../store/users.ts';
import type { AttemptLimiter } from '../access/attempts.ts';
import { clientAddress, SESSION_COOKIE } from '../access/identity.ts';
import { SESSION_MAX_MS, type Sessions } from '../access/sessions.ts';
import { Empty } from '../contract/common.ts';
import { Session, SignInRequest } from '../contract/session.ts';
import type { Api } from '../server.ts';

export interface SessionRouteDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly attempts: AttemptLimiter;
  readonly sessions: Sessions;
  readonly secureCookie: boolean;
  readonly basePath: string;
}

export function sessionRoutes(app: Api, deps: SessionRouteDeps): void {
  const { db, attempts, sessions } = deps;

  app.get(
    '/session',
    { schema: { response: { 200: Session } }, config: { permission: 'open' } },
    async (request) => describe(request, adminExists(db)),
  );

  app.post(
    '/session',
    { schema: { body: SignInRequest, response: { 200: Session } }, config: { permission: 'open' } },
    async (request, reply) => {
      const { user: name, password } = request.body;
      const address = clientAddress(request);
      const keys = [`client ${address}`, `user ${name}`];
      attempts.spend(...keys);

      const user = findUser(db, name);
      if (!(await verifyPassword(user?.passwordHash, password)) || user === undefined) {
        record(deps, 'session.refused', name, address);
        throw new KnownError('not-signed-in', 'user and password do not fit', {
          hint: 'Forgotten? Run `sallyport reset-password` on the machine Sallyport runs on.',
        });
      }
      attempts.clear(...keys);
      openSession(reply, user, address, deps);
      record(deps, 'session.open', user.name, address);
      return { setUp: true, signedIn: true, user: user.name };
    },
  );

  app.delete(
    '/session',
    { schema: { response: { 200: Empty } }, config: { permission: 'open' } },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE];
      if (cookie !== undefined) sessions.close(cookie);
      reply.clearCookie(SESSION_COOKIE, cookieOptions(deps));
      return {};
    },
  );
}

export function adminExists(db: MainDb): boolean {
  return countUsers(db) > 0;
}

/** Signs the user in on this browser. */
export function openSession(
  reply: FastifyReply,
  user: { readonly id: number },
  address: string,
  deps: Pick<SessionRouteDeps, 'sessions' | 'secureCookie' | 'basePath'>,
): void {
  reply.setCookie(SESSION_COOKIE, deps.sessions.open(user.id, address), {
    ...cookieOptions(deps),
    maxAge: SESSION_MAX_MS / 1000,
  });
}

function cookieOptions({ secureCookie, basePath }: Pick<SessionRouteDeps, 'secureCookie' | 'basePath'>) {
  return { path: `${basePath}/`, httpOnly: true, sameSite: 'lax', secure: secureCookie } as const;
}

function describe(request: FastifyRequest, setUp: boolean): Session {
  const { identity } = request;
  return {
    setUp,
    signedIn: identity !== undefined,
    ...(identity === undefined ? {} : { user: identity.actor.name.replace(/^user:/, '') }),
  };
}

/** An attempt for a user who does not exist is written down without the name: people type passwords into that field. */
function record(
  { db, clock }: Pick<SessionRouteDeps, 'db' | 'clock'>,
  action: 'session.open' | 'session.refused',
  name: string,
  origin: string,
): void {
  const subject = findUser(db, name)?.name ?? 'an unknown user';
  appendAudit(db, {
    at: clock.now(),
    actor: action === 'session.open' ? `user:${name}` : 'nobody',
    action,
    subject,
    origin,
  });
}
