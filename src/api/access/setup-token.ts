import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { KnownError } from '../../base/errors.ts';

/** Lets the owner, who can read the log, become admin before anybody else on the network can. */
export interface SetupToken {
  /** Goes into the link in the log, and nowhere else. */
  readonly token: string;
  /**
   * Uses the token up, or throws KnownError. Two calls can never both succeed.
   * The returned function gives it back, for when saving the password then failed.
   */
  redeem(candidate: string): () => void;
}

/** Milliseconds: long enough to walk to another machine, short enough that a log read next week is worth nothing. */
const SETUP_TOKEN_LIFETIME_MS = 60 * 60_000;
/** Wrong guesses after which the token is dead. */
const SETUP_TOKEN_ATTEMPTS = 10;

export function createSetupToken(clock: Clock): SetupToken {
  const token = randomBytes(24).toString('base64url');
  const expiresAt = clock.now() + SETUP_TOKEN_LIFETIME_MS;
  let failures = 0;
  let used = false;

  return {
    token,
    redeem(candidate) {
      if (used) throw invalid('this set-up link was used already');
      if (clock.now() >= expiresAt) throw invalid('this set-up link has expired');
      if (failures >= SETUP_TOKEN_ATTEMPTS) {
        throw new KnownError('too-many-attempts', 'too many wrong set-up tokens', { hint: NEW_LINK });
      }
      if (!sameText(candidate, token)) {
        failures += 1;
        throw invalid('this is not the set-up token');
      }
      used = true;
      return () => {
        used = false;
      };
    },
  };
}

/** The link to print; the page takes the token out of the address bar as soon as it has read it. */
export function setupLink(baseUrl: string, token: string): string {
  return `${baseUrl.replace(/\/$/, '')}/setup?token=${token}`;
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

const NEW_LINK =
  'Restart Sallyport for a new link in its log, or run `sallyport reset-password` on its machine.';

function invalid(message: string): KnownError {
  return new KnownError('setup-token-invalid', message, { hint: NEW_LINK });
}
