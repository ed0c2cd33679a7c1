import type { IpAddress } from '../../base/ip-address.ts';
import { clientKey, isLoopback } from './client-key.ts';

export interface PlaceLimits {
  readonly perClient: number;
  readonly total: number;
}

/** Questions that wait for somebody else: so many for one client that is not this machine, so many in all. */
export interface Places {
  /** False when there is none left; otherwise it has to be given back. */
  take(client: IpAddress): boolean;
  giveBack(client: IpAddress): void;
  taken(): number;
  /** How often there was none, since the start. */
  refused(): number;
}

/** Questions under way; musl waits 5 s for each, so a host that has 300 of them is not being helped by more. */
export const WAITING_LIMITS: PlaceLimits = { perClient: 300, total: 5000 };

/** Exchanges with upstreams; each has a socket, and goes on when its client has gone. */
export const EXCHANGE_LIMITS: PlaceLimits = { perClient: 300, total: 2000 };

export function createPlaces(limits: PlaceLimits): Places {
  const counts = new Map<string, number>();
  let taken = 0;
  let refused = 0;
  return {
    take(client) {
      const key = clientKey(client);
      const own = counts.get(key) ?? 0;
      if (taken >= limits.total || (own >= limits.perClient && !isLoopback(client))) {
        refused++;
        return false;
      }
      counts.set(key, own + 1);
      taken++;
      return true;
    },
    giveBack(client) {
      const key = clientKey(client);
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
      taken--;
    },
    taken: () => taken,
    refused: () => refused,
  };
}
