import { hashOfToken } from '../../actions/accounts/api-tokens.ts';
import { worthOfToken } from '../../actions/accounts/token-worth.ts';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type ApiToken, findApiToken, touchApiToken } from '../../store/api-tokens.ts';
import type { MainDb } from '../../store/open.ts';

export interface Tokens {
  /** The token that was created with this secret, with the role it is worth now; undefined when it expired or is worth nothing. */
  find(secret: string, fromAddress: string): ApiToken | undefined;
  /** Whether it would still be found; to ask is no use of it. */
  lasts(secret: string): boolean;
}

export function createTokens(db: MainDb, clock: Clock, log: Log): Tokens {
  const alive = (secret: string): ApiToken | undefined => {
    const token = findApiToken(db, hashOfToken(secret));
    if (token === undefined || clock.now() >= (token.expiresAt ?? Number.POSITIVE_INFINITY)) return undefined;
    const role = worthOfToken(db, token);
    return role === 'nothing' ? undefined : { ...token, role };
  };

  return {
    lasts: (secret) => alive(secret) !== undefined,
    find(secret, fromAddress) {
      const token = alive(secret);
      const now = clock.now();
      if (token === undefined) return undefined;
      if (now - (token.usedAt ?? 0) >= TOUCH_EVERY_MS || token.usedFrom !== fromAddress) {
        try {
          touchApiToken(db, token.id, now, fromAddress);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          log.warn({ error: error.message }, `the use of API token ${token.name} was not written down`);
        }
      }
      return token;
    },
  };
}

/** Milliseconds: a script that asks every second does not write every second. */
const TOUCH_EVERY_MS = 60_000;
