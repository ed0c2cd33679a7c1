import { hashOfToken } from '../../actions/accounts/api-tokens.ts';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type ApiToken, findApiToken, touchApiToken } from '../../store/api-tokens.ts';
import type { MainDb } from '../../store/open.ts';

export interface Tokens {
  /** The token that was created with this secret, while it has not expired. */
  find(secret: string, fromAddress: string): ApiToken | undefined;
}

export function createTokens(db: MainDb, clock: Clock, log: Log): Tokens {
  return {
    find(secret, fromAddress) {
      const token = findApiToken(db, hashOfToken(secret));
      const now = clock.now();
      if (token === undefined || now >= (token.expiresAt ?? Number.POSITIVE_INFINITY)) return undefined;
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
