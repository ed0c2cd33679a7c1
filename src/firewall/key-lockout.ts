import type { Clock } from '../base/clock.ts';
import { KnownError } from '../base/errors.ts';

/**
 * Remembers that a firewall refused our key, and stops further attempts for a while: each wrong one costs OPNsense two
 * seconds, and pfSense (sshguard) shuts out our address after three or four. A new driver starts afresh.
 */
export interface KeyLockout {
  /** Throws the refusal again, without a request, while attempts are stopped. */
  check(): void;
  /** Remembers the refusal and gives it back to be thrown. */
  refused(refusal: KnownError): KnownError;
}

export function createKeyLockout(clock: Clock, stopMs: number): KeyLockout {
  let last: { readonly refusal: KnownError; readonly untilMs: number } | undefined;
  return {
    check() {
      if (last === undefined) return;
      const leftMs = last.untilMs - clock.now();
      if (leftMs <= 0) {
        last = undefined;
        return;
      }
      const minutes = Math.ceil(leftMs / 60_000);
      const { code, message, hint } = last.refusal;
      throw new KnownError(code, `${message}; not tried again for ${minutes} min`, {
        ...(hint === undefined ? {} : { hint }),
      });
    },
    refused(refusal) {
      last = { refusal, untilMs: clock.now() + stopMs };
      return refusal;
    },
  };
}
