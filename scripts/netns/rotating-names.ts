/**
 * Names whose every answer has other addresses, as a content network gives them:
 *
 *   overlapping   8 of 12 at a time: most of the addresses come again in the next answer
 *   disjoint      4 of 20 at a time: each comes again, five answers later
 *   fresh         2 at a time, and never again
 */
import type { Zone } from '../toy-internet/zone.ts';

export interface RotatingName {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly addresses: readonly string[];
  readonly take: number;
  readonly ttl: number;
}

export const ROTATING_DOMAIN = 'rotating.example.net';

const TTLS = [1, 2, 5, 10, 30];

/** Addresses of a name that never repeats itself: more than any run here takes up. */
const ENDLESS = 4_000;

export const ROTATING: readonly RotatingName[] = rotatingNames();
/** Seconds. */
export const LONGEST_TTL = Math.max(...TTLS);

export function rotatingZone(): Zone {
  return Object.fromEntries(
    ROTATING.map(({ name, type, addresses, take, ttl }) => [
      name,
      type === 'A' ? { a: [...addresses], take, ttl } : { aaaa: [...addresses], take, ttl },
    ]),
  );
}

function rotatingNames(): readonly RotatingName[] {
  const patterns = [
    { pattern: 'overlapping', type: 'A', size: 12, take: 8 },
    { pattern: 'disjoint', type: 'A', size: 20, take: 4 },
    { pattern: 'fresh', type: 'A', size: ENDLESS, take: 2 },
    { pattern: 'overlapping-v6', type: 'AAAA', size: 12, take: 6 },
  ] as const;
  return patterns.flatMap(({ pattern, type, size, take }, i) =>
    TTLS.map((ttl, j) => {
      // Each name has a network of its own, so that no other name opens its addresses.
      const network = i * TTLS.length + j + 1;
      const addresses = Array.from({ length: size }, (_, n) => addressOf(type, network, n + 1));
      return { name: `${pattern}-${ttl}s.${ROTATING_DOMAIN}`, type, addresses, take, ttl };
    }),
  );
}

function addressOf(type: 'A' | 'AAAA', network: number, n: number): string {
  return type === 'A'
    ? `11.${network}.${n >> 8}.${n & 255}`
    : `2001:db8:fffe:${network.toString(16)}::${n.toString(16)}`;
}
