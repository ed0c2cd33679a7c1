/** What was refused is in the log, once a minute for each client and kind: whoever floods us must not fill the disk with it. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { clientKey } from '../dns/limits/client-key.ts';

export interface Refusal {
  /** Of the problem; or no-such-path, too-many-connections. */
  readonly code: string;
  readonly from: IpAddress;
  readonly what?: Readonly<Record<string, string | undefined>>;
}

export type RefusalLog = (refusal: Refusal) => void;

/** Codes that honest pages and scripts do not meet every day. */
export const TELLING: ReadonlySet<string> = new Set([
  'not-allowed',
  'host-not-allowed',
  'body-not-json',
  'body-too-large',
  'invalid-input',
  'too-many-attempts',
]);

export function createRefusalLog(log: Log, clock: Clock): RefusalLog {
  const seen = new LRUCache<string, { readonly at: number; more: number }>({ max: MAX_REMEMBERED });
  return ({ code, from, what }) => {
    const key = `${code} ${clientKey(from)}`;
    const last = seen.get(key);
    if (last !== undefined && clock.now() - last.at < QUIET_MS) {
      last.more++;
      return;
    }
    seen.set(key, { at: clock.now(), more: 0 });
    log.warn(
      { code, from, ...what, ...(last === undefined || last.more === 0 ? {} : { more: last.more }) },
      'refused',
    );
  };
}

const QUIET_MS = 60_000;
/** Memory is bounded whatever comes in. */
const MAX_REMEMBERED = 1000;
