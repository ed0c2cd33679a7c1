import type { Clock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';

/**
 * Remembers that a box refused a key, and stops further attempts with it for a while: each wrong one costs OPNsense two
 * seconds, and pfSense (sshguard) shuts out our address after three or four. Shared by the aliases of one box, which
 * counts what comes from one address whatever it is about. A new start begins afresh.
 */
export interface KeyLockout {
  /** Throws the refusal of this key again, without a request, while attempts with it are stopped. */
  check(key: Secret): void;
  /** Remembers the refusal and gives it back to be thrown. */
  refused(key: Secret, refusal: KnownError, stopMs: number): KnownError;
  accepted(key: Secret): void;
  /** True when a key was refused and not accepted since: the box may have shut us out. */
  hasRefused(): boolean;
}

/** The lock-outs of all boxes: everybody who names a box alike shares one. */
export interface KeyLockouts {
  of(box: string): KeyLockout;
}

export function createKeyLockouts(clock: Clock): KeyLockouts {
  const lockouts = new Map<string, KeyLockout>();
  return {
    of(box) {
      const lockout = lockouts.get(box) ?? createKeyLockout(clock);
      lockouts.set(box, lockout);
      return lockout;
    },
  };
}

export function createKeyLockout(clock: Clock): KeyLockout {
  const refusals = new Map<string, { readonly refusal: KnownError; readonly untilMs: number }>();
  return {
    check(key) {
      const last = refusals.get(key.reveal());
      const leftMs = (last?.untilMs ?? 0) - clock.now();
      if (last === undefined || leftMs <= 0) return;
      const minutes = Math.ceil(leftMs / 60_000);
      const { code, message, hint } = last.refusal;
      throw new KnownError(code, `${message}; not tried again for ${minutes} min`, {
        ...(hint === undefined ? {} : { hint }),
      });
    },
    refused(key, refusal, stopMs) {
      refusals.set(key.reveal(), { refusal, untilMs: clock.now() + stopMs });
      return refusal;
    },
    accepted: (key) => void refusals.delete(key.reveal()),
    hasRefused: () => refusals.size > 0,
  };
}
