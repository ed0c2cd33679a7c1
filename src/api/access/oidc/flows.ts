/** Sign-ins that were begun at a provider and have not come back: bound to the browser that began them, good for one return. */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../base/clock.ts';
import { sameText } from '../setup-token.ts';

export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** A whole address of our own. */
  readonly returnTo: string;
}

export interface Flows {
  /** Returns the value for the cookie. */
  begin(flow: Flow): string;
  /** The flow of this cookie and state, which is over with that; undefined: another browser, used before, or too old. */
  take(cookie: string | undefined, state: string | undefined): Flow | undefined;
}

/** Milliseconds: long enough to find the phone with the second factor. */
export const FLOW_LIFETIME_MS = 10 * 60_000;
/** Bounded whatever comes in; begun ones are limited for each client besides. */
const MAX_FLOWS = 1000;

export function createFlows(clock: Clock): Flows {
  const flows = new LRUCache<string, Flow & { readonly endsAt: number }>({ max: MAX_FLOWS });
  return {
    begin(flow) {
      const cookie = randomBytes(32).toString('base64url');
      flows.set(cookie, { ...flow, endsAt: clock.now() + FLOW_LIFETIME_MS });
      return cookie;
    },
    take(cookie, state) {
      const flow = cookie === undefined ? undefined : flows.get(cookie);
      if (cookie === undefined || flow === undefined) return undefined;
      flows.delete(cookie);
      return state !== undefined && sameText(state, flow.state) && clock.now() < flow.endsAt
        ? flow
        : undefined;
    },
  };
}
