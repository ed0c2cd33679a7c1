import type { Clock } from '../base/clock.ts';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import type { SyncPorts } from '../sync/ports.ts';

/** An address of nobody (TEST-NET-1, RFC 5737), beside the sentinel: opened for a moment, it opens nothing. */
export const TRIAL_ADDRESS: IpAddress = parseIpAddress('192.0.2.253');

/** Where entries end by themselves, one that nobody came to take out is gone after this; the slowest round trip takes four minutes. */
const TRIAL_MS = 10 * 60_000;

type Wants = Pick<SyncPorts, 'desired' | 'desiredAt' | 'isWaitedFor' | 'removalCause'>;

export interface Trial {
  /** From now on the alias ought to hold it. False when something else wants it already. */
  begin(address: IpAddress): boolean;
  /** From now on it ought not to. */
  end(address: IpAddress): void;
}

/** What an alias ought to hold, with an address that goes in and out for the proof that changes arrive. */
export function withTrial(wants: Wants, clock: Clock): Wants & { readonly trial: Trial } {
  const wanted = new Map<IpAddress, number>();
  // One of an earlier run is recognised too: nothing else puts the usual one there.
  const known = new Set([TRIAL_ADDRESS]);
  const entryOf = (address: IpAddress) => {
    const until = wanted.get(address);
    return until === undefined ? undefined : { until, cause: 'trial' };
  };
  return {
    desired() {
      const desired = wants.desired();
      return wanted.size === 0
        ? desired
        : new Map([
            ...desired,
            ...[...wanted].map(([address, until]) => [address, { until, cause: 'trial' }] as const),
          ]);
    },
    desiredAt: (address) => entryOf(address) ?? wants.desiredAt(address),
    isWaitedFor: (address, held) => wanted.has(address) || wants.isWaitedFor(address, held),
    removalCause: (address) =>
      wants.removalCause(address) ??
      (known.has(address) && !wanted.has(address) ? { cause: 'trial-ended', urgent: true } : undefined),
    trial: {
      begin(address) {
        if (wanted.has(address) || wants.desired().has(address)) return false;
        wanted.set(address, clock.now() + TRIAL_MS);
        known.add(address);
        return true;
      },
      end: (address) => void wanted.delete(address),
    },
  };
}
