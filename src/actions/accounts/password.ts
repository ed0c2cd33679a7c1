import { KnownError } from '../../base/errors.ts';

/** Characters; length is what counts, so there are no composition rules (NIST SP 800-63B section 3.1.1.2). */
const MIN_PASSWORD_LENGTH = 10;
/** Characters; argon2 takes more, but nobody should make us hash a megabyte. */
const MAX_PASSWORD_LENGTH = 1000;

/** An argon2id PHC string with the library's defaults, those of OWASP: 19 MiB, two passes, one lane. */
export async function hashPassword(password: string): Promise<string> {
  assertGoodPassword(password);
  const { hash } = await import('@node-rs/argon2');
  return hash(password.normalize('NFC'));
}

/** Takes the same time whether or not there is such a user. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  const { verify } = await import('@node-rs/argon2');
  const matches = await verify(passwordHash ?? NOBODYS_HASH, password.normalize('NFC'));
  return matches && passwordHash !== undefined;
}

export function assertGoodPassword(password: string): void {
  const length = [...password].length;
  if (length >= MIN_PASSWORD_LENGTH && length <= MAX_PASSWORD_LENGTH) return;
  throw new KnownError(
    'invalid-input',
    length < MIN_PASSWORD_LENGTH ? 'the password is too short' : 'the password is too long',
    {
      hint: `Use at least ${MIN_PASSWORD_LENGTH} characters; a sentence is fine, and there are no other rules.`,
    },
  );
}

/** The hash of 32 random octets that were thrown away. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$aDof/jRmoId7K2Fy5FZnFg$QGDqvY9qvnvuonUMC4WDTbv5bU+s9mBQxlgv6lCRHaM';
