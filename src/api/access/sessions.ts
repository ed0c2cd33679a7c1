import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { Log } from '../../base/log.ts';
import type { MainDb } from '../../store/open.ts';
import { addSession, endSession, findSession, type Session, touchSession } from '../../store/sessions.ts';

/** Milliseconds without a request after which a session is over. */
const SESSION_IDLE_MS = 12 * 3_600_000;
/** Milliseconds after which even a page that is never closed has to sign in again. */
export const SESSION_MAX_MS = 30 * 86_400_000;
/** The same where a provider vouches: a group that was taken away there counts the next day. */
const PROVIDER_SESSION_MAX_MS = 86_400_000;

export interface Sessions {
  /** Opens a session and returns the value for the cookie; only its hash is kept, so reading the database signs nobody in. */
  open(userId: number, from: { readonly address: string; readonly userAgent: string }): string;
  /** The session of this cookie when it is alive and used from where it was opened. */
  find(cookie: string, fromAddress: IpAddress): Session | undefined;
  /** Whether the session is alive; to ask is no use of it. */
  lasts(tokenHash: string): boolean;
  isAlive(session: Session): boolean;
  close(cookie: string): void;
}

export interface SessionsDeps {
  readonly db: MainDb;
  readonly clock: Clock;
  readonly log: Log;
  /** False: only at the provider; who signed in with a password before that is out. */
  readonly passwordLogin: boolean;
}

export function createSessions(
  { db, clock, log, passwordLogin }: SessionsDeps,
  /** A cookie that is good came from where it was not given to: stolen, or a browser that moved. */
  onElsewhere: (session: Session, fromAddress: IpAddress) => void,
): Sessions {
  /** A page that polls every 2 s must not write to the disk every 2 s. */
  const touch = (tokenHash: string, session: Session, now: number) => {
    if (now - session.lastSeenAt < TOUCH_EVERY_MS) return;
    try {
      touchSession(db, tokenHash, now);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      log.warn({ error: error.message }, 'the session was not renewed');
    }
  };

  /** Dead ones stay a while: they tell from where a user has signed in before. */
  const isAlive = ({ lastSeenAt, createdAt, user }: Session): boolean => {
    const now = clock.now();
    const isByPassword = user.provider === undefined;
    const maxMs = isByPassword ? SESSION_MAX_MS : PROVIDER_SESSION_MAX_MS;
    return (
      !user.disabled &&
      (passwordLogin || !isByPassword) &&
      now - lastSeenAt < SESSION_IDLE_MS &&
      now - createdAt < maxMs
    );
  };

  return {
    isAlive,
    open(userId, { address, userAgent }) {
      const cookie = randomBytes(32).toString('base64url');
      addSession(db, {
        tokenHash: hashOf(cookie),
        userId,
        at: clock.now(),
        fromAddress: address,
        userAgent: userAgent.slice(0, MAX_USER_AGENT),
      });
      return cookie;
    },
    find(cookie, fromAddress) {
      const tokenHash = hashOf(cookie);
      const session = findSession(db, tokenHash);
      if (session === undefined) return undefined;

      if (!isAlive(session)) return undefined;
      // A cookie knows no ports: the browser also sends ours to the half-trusted server on the same host.
      if (session.fromAddress !== fromAddress) {
        onElsewhere(session, fromAddress);
        return undefined;
      }

      touch(tokenHash, session, clock.now());
      return session;
    },
    lasts(tokenHash) {
      const session = findSession(db, tokenHash);
      return session !== undefined && isAlive(session);
    },
    close(cookie) {
      endSession(db, hashOf(cookie));
    },
  };
}

const TOUCH_EVERY_MS = 60_000;
/** Characters; browsers need some 120. */
const MAX_USER_AGENT = 200;

function hashOf(cookie: string): string {
  return hash('sha256', cookie);
}
