/** What was refused is in the log, once a minute for each client and kind: whoever floods us must not fill the disk with it. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { clientKey } from '../dns/limits/client-key.ts';

export interface Refusal {
  /** Of the problem; or no-such-path, too-many-connections, session-elsewhere. */
  readonly code: string;
  readonly from: IpAddress;
  readonly level?: RefusalLevel;
  readonly what?: Readonly<Record<string, string | undefined>>;
}

export type RefusalLog = (refusal: Refusal) => void;

/** A warning is what honest pages and scripts do not meet every day. */
export type RefusalLevel = 'warn' | 'info';

export const TELLING: ReadonlyMap<string, RefusalLevel> = new Map([
  ['not-allowed', 'warn'],
  ['host-not-allowed', 'warn'],
  ['body-not-json', 'warn'],
  ['body-too-large', 'warn'],
  ['invalid-input', 'warn'],
  ['too-many-attempts', 'warn'],
  ['too-many-requests', 'warn'],
  ['setup-token-invalid', 'warn'],
  ['wrong-password', 'warn'],
  ['not-signed-in', 'info'],
  ['setup-needed', 'info'],
]);

export function createRefusalLog(log: Log, clock: Clock): RefusalLog {
  const seen = new LRUCache<string, { readonly at: number; more: number }>({ max: MAX_REMEMBERED });
  return ({ code, from, level = 'warn', what }) => {
    const key = `${code} ${clientKey(from)}`;
    const last = seen.get(key);
    if (last !== undefined && clock.now() - last.at < QUIET_MS) {
      last.more++;
      return;
    }
    seen.set(key, { at: clock.now(), more: 0 });
    log[level](
      { code, from, ...what, ...(last === undefined || last.more === 0 ? {} : { more: last.more }) },
      'refused',
    );
  };
}

const QUIET_MS = 60_000;
/** Memory is bounded whatever comes in. */
const MAX_REMEMBERED = 1000;
