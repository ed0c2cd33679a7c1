/**
 * Codes by time (RFC 6238) as a second factor, and recovery codes for when the phone is lost.
 *
 *   begin: secret shown ─ code from the phone ─ confirm: recovery codes shown once ─ asked for at each sign-in
 */
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as otpauth from 'otpauth';
import { KnownError } from '../../base/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  confirmSecondFactor,
  findSecondFactor,
  offerSecondFactor,
  removeSecondFactor,
  useRecoveryCode,
  useStep,
} from '../../store/second-factor.ts';
import { findUser, type User } from '../../store/users.ts';
import type { Actor } from '../actor.ts';
import type { ActionDeps } from '../deps.ts';
import { verifyPassword } from './password.ts';
import { assertLocal } from './users.ts';

type Deps = Pick<ActionDeps, 'db' | 'clock'>;

/** Steps of 30 s before and after now that count, for a phone whose clock is off (RFC 6238 section 5.2). */
const WINDOW_STEPS = 1;
const STEP_S = 30;
const RECOVERY_CODES = 10;
/** Random octets of a recovery code: far beyond guessing at five tries a minute. */
const RECOVERY_OCTETS = 10;

export interface OfferedSecondFactor {
  /** Base32, for typing. */
  readonly secret: string;
  /** otpauth://, for a QR code. */
  readonly uri: string;
}

export function beginSecondFactor({ db }: Deps) {
  return async (user: User, password: string): Promise<OfferedSecondFactor> => {
    await assertPassword(user, password);
    if (findSecondFactor(db, user.id)?.confirmed === true) {
      throw new KnownError('second-factor-set', `${user.name} has a second factor already`, {
        hint: 'Remove it first.',
      });
    }
    const secret = new (otp().Secret)({ size: 20 });
    offerSecondFactor(db, user.id, secret.base32);
    return { secret: secret.base32, uri: totpOf(user.name, secret.base32).toString() };
  };
}

/** Returns the recovery codes, which are never shown again. */
export function finishSecondFactor({ db, clock }: Deps) {
  return (user: User, code: string, actor: Actor): readonly string[] =>
    db.transaction(() => {
      const offered = findSecondFactor(db, user.id);
      if (offered === undefined || offered.confirmed) {
        throw new KnownError('not-found', 'no second factor is being set up', { hint: 'Begin anew.' });
      }
      const step = stepOf(user.name, offered.secret, code, clock.now());
      if (step === undefined) throw wrongCode();
      const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
      const at = clock.now();
      confirmSecondFactor(db, user.id, { at, step, codeHashes: codes.map(hashOfCode) });
      record(db, at, 'user.second-factor', user.name, actor);
      return codes;
    });
}

/** By the user, with the password. */
export function removeOwnSecondFactor(deps: Deps) {
  const remove = takeSecondFactor(deps);
  return async (user: User, password: string, actor: Actor): Promise<void> => {
    await assertPassword(user, password);
    remove(user.name, actor);
  };
}

/** By an admin, for somebody who lost phone and paper. */
export function takeSecondFactor({ db, clock }: Deps) {
  return (name: string, actor: Actor): void => {
    db.transaction(() => {
      const user = findUser(db, name);
      if (user === undefined || findSecondFactor(db, user.id) === undefined) {
        throw new KnownError('not-found', `a second factor of ${name}`);
      }
      removeSecondFactor(db, user.id);
      record(db, clock.now(), 'user.second-factor-removed', name, actor);
    });
  };
}

/**
 * At the sign-in, after the password fitted. Throws second-factor-needed without a code where one is needed, and
 * not-signed-in for a wrong or used one.
 */
export function assertSecondFactor({ db, clock }: Deps) {
  return (user: User, code: string | undefined): void => {
    const factor = findSecondFactor(db, user.id);
    if (factor === undefined || !factor.confirmed) return;
    if (code === undefined || code === '') {
      throw new KnownError('second-factor-needed', 'a code is needed too', {
        hint: 'Six digits from your authenticator, or one of your recovery codes.',
      });
    }
    const step = stepOf(user.name, factor.secret, code, clock.now());
    if (step !== undefined && useStep(db, user.id, step)) return;
    if (step === undefined && useRecoveryCode(db, user.id, hashOfCode(code))) return;
    throw wrongCode();
  };
}

function totpOf(name: string, secret: string): otpauth.TOTP {
  return new (otp().TOTP)({
    issuer: 'Sallyport',
    label: name,
    secret: otp().Secret.fromBase32(secret),
    period: STEP_S,
  });
}

/** The step a code belongs to, or undefined when it is none of now. */
function stepOf(name: string, secret: string, code: string, now: number): number | undefined {
  const token = code.replaceAll(' ', '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(name, secret).validate({ token, timestamp: now, window: WINDOW_STEPS });
  return delta === null ? undefined : Math.floor(now / 1000 / STEP_S) + delta;
}

/** Base32 in groups of four, as it can be read from paper: 80 bits. */
function newRecoveryCode(): string {
  const text = new (otp().Secret)({ buffer: new Uint8Array(randomBytes(RECOVERY_OCTETS)).buffer }).base32;
  return (text.toLowerCase().match(/.{4}/g) ?? []).join('-');
}

function hashOfCode(code: string): string {
  return createHash('sha256').update(code.toLowerCase().replaceAll(/[\s-]/g, '')).digest('hex');
}

async function assertPassword(user: User, password: string): Promise<void> {
  assertLocal(user);
  if (await verifyPassword(user.passwordHash, password)) return;
  throw new KnownError('wrong-password', 'this is not your password');
}

function wrongCode(): KnownError {
  return new KnownError('wrong-code', 'this code does not fit, or was used before', {
    hint: 'Wait for the next one; when none fits, look at the clock of the phone and of this machine.',
  });
}

function record(db: Deps['db'], at: number, action: string, subject: string, actor: Actor): void {
  appendAudit(db, { at, actor: actor.name, action, subject, origin: actor.origin });
}

const require = createRequire(import.meta.url);

/** Loaded with the first second factor: most houses have none. */
function otp(): typeof otpauth {
  return require('otpauth') as typeof otpauth;
}
