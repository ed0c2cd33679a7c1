/**
 * How many addresses may be open, and which makes room for another. Pure.
 *
 *   name    addresses of one family that one name leads to      a CDN has thousands, a client needs a few
 *   rule    of all names under one rule                         before the group's: one wildcard must not use it up
 *   group   of all rules of one group                           what its firewalls' tables are sized for
 *   learn   of one group without a rule: learnt, or in a pause  capped apart: nobody approved them
 *
 * Nobody is closed whom a client may still have been told of, or whom an outage keeps. Of the others the one told longest ago goes, wildcards before
 * exact names, and never an exact name for a wildcard. Where none can go the newcomer is left out.
 */
import type { Cap, Lease } from './lease.ts';

export interface AddressLimits {
  readonly name: number;
  readonly rule: number;
  readonly group: number;
  readonly learn: number;
}

/**
 * Addresses, counted once for each name that leads to them. A household needs some hundred; pf tables of the size of the
 * default `table-entries` hold forty times as many as a group's.
 */
export const DEFAULT_ADDRESS_LIMITS: AddressLimits = { name: 16, rule: 1000, group: 5000, learn: 2000 };

/** One cap, and what fills it. */
export interface Pool {
  readonly cap: Exclude<Cap, 'storage'>;
  readonly limit: number;
  readonly leases: Iterable<Lease>;
  readonly size: number;
}

export interface Judgement {
  /** Until when a client may use the address by what it was told, and the grace behind that. */
  readonly neededUntil: (lease: Lease) => number;
  readonly isWildcard: (ruleId: number) => boolean;
}

/** What has to go so that one more fits; undefined: nothing can go. */
export function makeRoom(
  newcomer: Pick<Lease, 'ruleId'>,
  { cap, limit, leases, size }: Pool,
  { neededUntil, isWildcard }: Judgement,
  now: number,
): readonly Lease[] | undefined {
  const tooMany = size - limit + 1;
  if (tooMany <= 0) return [];
  const wild = (ruleId: number | undefined) => ruleId !== undefined && isWildcard(ruleId);
  // The addresses of one name are all worth the same.
  const sparesExact = cap !== 'name' && wild(newcomer.ruleId);
  const rank = (lease: Lease) =>
    (cap !== 'name' && !wild(lease.ruleId) ? 2 : 0) + (lease.cause === 'in-use' ? 1 : 0);
  const isNeeded = (lease: Lease) => lease.cause === 'outage' || neededUntil(lease) > now;
  const mayGo = [...leases]
    .filter((lease) => !isNeeded(lease) && !(sparesExact && !wild(lease.ruleId)))
    .sort((a, b) => rank(a) - rank(b) || a.toldUntil - b.toldUntil);
  return mayGo.length < tooMany ? undefined : mayGo.slice(0, tooMany);
}
