/**
 * How much a client may ask: a token bucket for each, full at the start.
 *
 *   within its rate             answered
 *   above it                    REFUSED, as many a second as the rate again
 *   above twice the rate        nothing at all
 *
 * REFUSED, because whoever reads it (glibc, c-ares, systemd-resolved, dig) goes on at once. To musl it is the same as
 * silence; SERVFAIL, which musl does read, would be answered with four more questions each.
 */
import { LRUCache } from 'lru-cache';
import type { IpAddress } from '../../base/ip-address.ts';
import { clientKey, isLoopback } from './client-key.ts';

export interface ClientRate {
  /** Questions a second; 0: no limit. */
  readonly rate: number;
  /** Questions at once, after a quiet time. */
  readonly burst: number;
}

export interface Allowance {
  /** True when the client may ask one more question now; `now` is the clock's. */
  take(now: number): boolean;
  /** When it may not: true when it may be told so. */
  takeRefusal(now: number): boolean;
}

/** A client that asked too much, as a person is told about it. */
export interface LimitedClient {
  readonly client: IpAddress;
  /** Questions that were not answered since it began. */
  readonly count: number;
  readonly since: number;
}

export interface ClientLimits {
  /** What this client may ask; to be kept by the caller for a short while only. */
  of(address: IpAddress): Allowance;
  /** Questions that were refused or dropped since the start. */
  limited(): number;
  /** Clients that asked too much in the last minutes. */
  report(now: number): readonly LimitedClient[];
}

export interface ClientLimitsOptions {
  readonly limits: ClientRate;
  /** Told once when a client begins to be limited, and again only after a quiet time. */
  readonly onLimited: (client: IpAddress) => void;
}

export function createClientLimits({ limits, onLimited }: ClientLimitsOptions): ClientLimits {
  /** By whole address, so that most packets need no prefix worked out. */
  const clients = new LRUCache<IpAddress, CountedAllowance>({ max: MAX_CLIENTS });
  const prefixes = new LRUCache<string, CountedAllowance>({ max: MAX_CLIENTS });
  const limitedClients = new Set<CountedAllowance>();
  let limited = 0;

  const onOver = (allowance: CountedAllowance, now: number): void => {
    limited++;
    if (now - allowance.lastAt > EPISODE_GAP_MS) {
      allowance.since = now;
      allowance.count = 0;
      onLimited(allowance.client);
      if (limitedClients.size < MAX_REPORTED) limitedClients.add(allowance);
    }
    allowance.lastAt = now;
    allowance.count++;
  };

  return {
    of(address) {
      if (limits.rate === 0 || isLoopback(address)) return UNLIMITED;
      const known = clients.get(address);
      if (known !== undefined) return known;
      const key = clientKey(address);
      const allowance = prefixes.get(key) ?? new CountedAllowance(address, limits, onOver);
      clients.set(address, allowance);
      prefixes.set(key, allowance);
      return allowance;
    },
    limited: () => limited,
    report(now) {
      for (const one of limitedClients) if (now - one.lastAt > SHOWN_MS) limitedClients.delete(one);
      return [...limitedClients].map(({ client, count, since }) => ({ client, count, since }));
    },
  };
}

/** Clients whose buckets are kept; one more forgets the one that asked longest ago, whose bucket is full again anyway. */
const MAX_CLIENTS = 4096;
/** Clients that status can name; with more than that, no single one is the news. */
const MAX_REPORTED = 20;
/** Milliseconds without a limited question after which the next one is news again. */
const EPISODE_GAP_MS = 60_000;
/** Milliseconds that status goes on naming a client. */
const SHOWN_MS = 10 * 60_000;

const UNLIMITED: Allowance = { take: () => true, takeRefusal: () => false };

class CountedAllowance implements Allowance {
  readonly client: IpAddress;
  since = 0;
  lastAt = Number.NEGATIVE_INFINITY;
  count = 0;
  readonly #questions: Bucket;
  readonly #refusals: Bucket;
  readonly #onOver: (allowance: CountedAllowance, now: number) => void;

  constructor(
    client: IpAddress,
    { rate, burst }: ClientRate,
    onOver: (allowance: CountedAllowance, now: number) => void,
  ) {
    this.client = client;
    this.#questions = new Bucket(rate, burst);
    this.#refusals = new Bucket(rate, rate);
    this.#onOver = onOver;
  }

  take(now: number): boolean {
    if (this.#questions.take(now)) return true;
    this.#onOver(this, now);
    return false;
  }

  takeRefusal(now: number): boolean {
    return this.#refusals.take(now);
  }
}

class Bucket {
  readonly #perMs: number;
  readonly #size: number;
  #tokens: number;
  #filledAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, size: number) {
    this.#perMs = perSecond / 1000;
    this.#size = size;
    this.#tokens = size;
  }

  take(now: number): boolean {
    if (now > this.#filledAt) {
      this.#tokens = Math.min(this.#size, this.#tokens + (now - this.#filledAt) * this.#perMs);
      this.#filledAt = now;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
