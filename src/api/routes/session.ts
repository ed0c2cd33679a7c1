import type { FastifyReply, FastifyRequest } from 'fastify';
import { verifyPassword } from '../../actions/accounts/password.ts';
import type { Actions } from '../../actions/actions.ts';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import { clientKey } from '../../dns/limits/client-key.ts';
import { appendAudit } from '../../store/audit.ts';
import type { MainDb } from '../../store/open.ts';
import { findSecondFactor } from '../../store/second-factor.ts';
import { wasSignedInFrom } from '../../store/sessions.ts';
import { countAdmins, findUser, type User } from '../../store/users.ts';
import type { AttemptLimiter } from '../access/attempts.ts';
import { clientAddress, peerOf, SESSION_COOKIE } from '../access/identity.ts';
import type { Provider } from '../access/oidc/provider.ts';
import { SESSION_MAX_MS, type Sessions } from '../access/sessions.ts';
import { Session, SignedOut, SignInRequest } from '../contract/session.ts';
import type { Api } from '../server.ts';

export interface SessionRouteDeps {
  readonly actions: Actions;
  readonly db: MainDb;
  readonly clock: Clock;
  readonly attempts: AttemptLimiter;
  readonly sessions: Sessions;
  readonly basePath: string;
  readonly publicUrl?: URL;
  /** False: only at the provider. */
  readonly passwordLogin: boolean;
  /** Who vouches for people, besides their passwords. */
  readonly provider?: Provider;
}

export function sessionRoutes(app: Api, deps: SessionRouteDeps): void {
  const { actions, db, attempts, sessions } = deps;

  app.get(
    '/session',
    { schema: { response: { 200: Session } }, config: { permission: 'open' } },
    async (request) => describe(request, deps),
  );

  app.post(
    '/session',
    { schema: { body: SignInRequest, response: { 200: Session } }, config: { permission: 'open' } },
    async (request, reply) => {
      const { user: name, password, code } = request.body;
      const address = clientAddress(request);
      if (!deps.passwordLogin) throw passwordsOff();
      const user = findUser(db, name);
      // Whoever guesses from elsewhere must not be able to lock out the person where that person usually is.
      const known = user !== undefined && wasSignedInFrom(db, user.id, address);
      const giveBack = attempts.spend(`client ${clientKey(address)}`, ...(known ? [] : [`user ${name}`]));

      if (!(await verifyPassword(user?.passwordHash, password)) || user === undefined) {
        record(deps, 'session.refused', name, address);
        throw new KnownError('not-signed-in', 'user and password do not fit', {
          hint: 'Forgotten? Run `sallyport reset-password` on the machine Sallyport runs on.',
        });
      }
      if (user.disabled) {
        record(deps, 'session.refused', name, address);
        throw new KnownError('account-disabled', `the account ${name} is disabled`, {
          hint: 'An admin can let it in again: `sallyport users enable`.',
        });
      }
      assertCode(user, code, address);
      giveBack();
      openSession(request, reply, user, deps);
      record(deps, 'session.open', user.name, address);
      return signedInAs(user, deps);
    },
  );

  /** A code that is missing is no attempt at guessing one; a wrong one is. */
  const assertCode = (user: User, code: string | undefined, address: IpAddress) => {
    try {
      actions.assertSecondFactor(user, code);
    } catch (error) {
      if (error instanceof KnownError && error.code === 'wrong-code') {
        record(deps, 'session.refused', user.name, address);
      }
      throw error;
    }
  };

  app.delete(
    '/session',
    { schema: { response: { 200: SignedOut } }, config: { permission: 'open' } },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE];
      const isProviders = request.identity?.session?.user.provider !== undefined;
      if (cookie !== undefined) sessions.close(cookie);
      reply.clearCookie(SESSION_COOKIE, cookieOptions(request, deps));
      const url = isProviders ? await deps.provider?.signOutUrl() : undefined;
      return url === undefined ? {} : { location: url.href };
    },
  );
}

export function adminExists(db: MainDb): boolean {
  return countAdmins(db) > 0;
}

function waysIn({
  passwordLogin,
  provider,
}: Pick<SessionRouteDeps, 'passwordLogin' | 'provider'>): Session['signIn'] {
  return {
    password: passwordLogin,
    ...(provider === undefined ? {} : { provider: provider.settings.name }),
  };
}

export function passwordsOff(): KnownError {
  return new KnownError('password-login-off', 'passwords are switched off here', {
    hint: 'Sign in at the provider. When it is gone for good, start Sallyport with SALLYPORT_PASSWORD_LOGIN=true.',
  });
}

/** Of whoever has just signed in. */
export function signedInAs(
  user: User,
  deps: Pick<SessionRouteDeps, 'db' | 'passwordLogin' | 'provider'>,
): Session {
  return {
    setUp: true,
    signedIn: true,
    user: user.name,
    role: user.role,
    secondFactor: hasSecondFactor(deps.db, user.id),
    signIn: waysIn(deps),
  };
}

function hasSecondFactor(db: MainDb, userId: number): boolean {
  return findSecondFactor(db, userId)?.confirmed === true;
}

/** Signs the user in on this browser. */
export function openSession(
  request: FastifyRequest,
  reply: FastifyReply,
  user: { readonly id: number },
  deps: Pick<SessionRouteDeps, 'sessions' | 'basePath' | 'publicUrl'>,
): void {
  const from = { address: clientAddress(request), userAgent: request.headers['user-agent'] ?? '' };
  // Whoever was signed in here is not any more: nothing of before survives a sign-in.
  const before = request.cookies[SESSION_COOKIE];
  if (before !== undefined) deps.sessions.close(before);
  reply.setCookie(SESSION_COOKIE, deps.sessions.open(user.id, from), {
    ...cookieOptions(request, deps),
    maxAge: SESSION_MAX_MS / 1000,
  });
}

/** For this page alone; over HTTPS, or under a public URL that has it, never sent in clear text. */
export function cookieOptions(
  request: FastifyRequest,
  { basePath, publicUrl }: Pick<SessionRouteDeps, 'basePath' | 'publicUrl'>,
) {
  const { https, hosts } = peerOf(request);
  const isPublic = publicUrl?.protocol === 'https:' && hosts.includes(publicUrl.host);
  return { path: `${basePath}/`, httpOnly: true, sameSite: 'lax', secure: https || isPublic } as const;
}

function describe(request: FastifyRequest, deps: SessionRouteDeps): Session {
  const { identity } = request;
  return {
    setUp: adminExists(deps.db),
    signIn: waysIn(deps),
    signedIn: identity !== undefined,
    ...(identity === undefined
      ? {}
      : { user: identity.actor.name.replace(/^user:/, ''), role: identity.role }),
    ...(identity?.session === undefined
      ? {}
      : { secondFactor: hasSecondFactor(deps.db, identity.session.user.id) }),
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
