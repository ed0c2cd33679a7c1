import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../actions/actor.ts';
import { KnownError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Secret } from '../../base/secret.ts';
import type { Session } from '../../store/sessions.ts';
import type { Role } from '../../store/users.ts';
import type { Peer } from './peer.ts';
import type { Sessions } from './sessions.ts';
import { sameText } from './setup-token.ts';
import type { Tokens } from './tokens.ts';

/** What a route asks of its caller; a route that says nothing asks for admin. */
export type Permission = 'open' | 'read' | 'approve' | 'admin';

export interface Identity {
  readonly actor: Actor;
  readonly role: Role;
  /** Present where a person signed in. */
  readonly session?: Session;
  /** For what outlives its request: whether the session or token is still good. Absent: for as long as we run. */
  readonly lasts?: () => boolean;
}

/** Over the socket everybody is the owner (file permissions decide who gets there); over TCP nobody is, not even loopback. */
export type Channel = 'socket' | 'web';

export const SESSION_COOKIE = 'sallyport_session';

export interface IdentityDeps {
  readonly channel: Channel;
  readonly apiToken: Secret;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

/** Who is asking; undefined when it is nobody we know. */
export function identify(request: FastifyRequest, deps: IdentityDeps): Identity | undefined {
  if (deps.channel === 'socket') return { actor: { name: 'cli', origin: 'socket' }, role: 'admin' };

  const origin = clientAddress(request);
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const secret = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    if (secret === undefined) return undefined;
    if (sameText(secret, deps.apiToken.reveal())) return { actor: { name: 'token', origin }, role: 'admin' };
    const token = deps.tokens.find(secret, origin);
    return (
      token && {
        actor: { name: `token:${token.name}`, origin },
        role: token.role,
        lasts: () => deps.tokens.lasts(secret),
      }
    );
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const session = cookie === undefined ? undefined : deps.sessions.find(cookie, origin);
  return (
    session && {
      actor: { name: `user:${session.user.name}`, origin },
      role: session.user.role,
      session,
      lasts: () => deps.sessions.lasts(session.tokenHash),
    }
  );
}

export interface Caller {
  readonly identity: Identity | undefined;
  /** Whether a browser brought a session, good or not. */
  readonly hasCookie: boolean;
}

/** Throws KnownError when this caller may not do what needs the permission. */
export function assertPermitted(
  permission: Permission,
  { identity, hasCookie }: Caller,
  isSetUp: () => boolean,
): void {
  if (permission === 'open') return;
  if (identity === undefined) {
    if (!isSetUp()) {
      throw new KnownError('setup-needed', 'no admin password has been set yet', {
        hint: 'Open the set-up link in the log of Sallyport, sign in at the provider where there is one, or run `sallyport reset-password` on its machine.',
      });
    }
    if (hasCookie) {
      throw new KnownError('not-signed-in', 'your session has ended', { hint: 'Sign in again.' });
    }
    throw new KnownError('not-signed-in', 'sign in first', {
      hint: 'Sign in on the page, or send `Authorization: Bearer <token>` with the token in data/api-token.',
    });
  }
  if (!MAY[identity.role].includes(permission)) {
    throw new KnownError('not-allowed', `the role ${identity.role} may not do this`);
  }
}

export function actorOf(request: FastifyRequest): Actor {
  if (request.identity === undefined) throw new KnownError('not-signed-in', 'sign in first');
  return request.identity.actor;
}

/** The person who signed in; tokens and the socket are nobody. Throws KnownError. */
export function sessionOf(request: FastifyRequest): Session {
  const session = request.identity?.session;
  if (session !== undefined) return session;
  throw new KnownError('not-allowed', 'this is for somebody who signed in with a password', {
    hint: 'Open the page and sign in.',
  });
}

/** Behind trusted proxies that of the client they name; IPv4-mapped counts as IPv4. Only over TCP. */
export function clientAddress(request: FastifyRequest): IpAddress {
  return peerOf(request).address;
}

/** Over the socket there is none. */
export function peerOf(request: FastifyRequest): Peer {
  if (request.peer === undefined) throw new Error('a request without a peer');
  return request.peer;
}

const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['read'],
  approver: ['read', 'approve'],
  admin: ['read', 'approve', 'admin'],
};

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
    /** Refused for a page of another site although it only reads. */
    sameSite?: boolean;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
    peer: Peer | undefined;
  }
}
