import { z } from 'zod';

/**
 * The state of everything on one level, for dashboards that read a field by its name (Homepage, Home Assistant): numbers and
 * strings only. Names and meanings stay; new ones may come.
 */
export const Summary = z.object({
  version: z.string(),
  uptimeSeconds: z.int(),
  /** The worst of all groups: enforced, names-only, learning, paused, or none where there is no group. */
  mode: z.enum(['enforced', 'names-only', 'learning', 'paused', 'none']),
  /** What may be relied on now, in one sentence. */
  sentence: z.string(),
  groups: z.int(),
  groupsEnforced: z.int(),
  /** Refused names that wait for a person. */
  waiting: z.int(),
  newHosts: z.int(),
  openAddresses: z.int(),
  /** Of the last 24 hours, or since the start where that is later. */
  allowed24h: z.int(),
  denied24h: z.int(),
  failed24h: z.int(),
  firewalls: z.int(),
  firewallsUp: z.int(),
  /** The worst of all firewalls: up, behind, down, starting, or none where there is no firewall. */
  syncState: z.enum(['up', 'behind', 'down', 'starting', 'none']),
  /** Seconds since the firewall that was read longest ago was read; -1: one was not yet, or there is none. */
  syncAgeSeconds: z.int(),
  /** Large removals that need a person's OK. */
  heldRemovals: z.int(),
  upstreams: z.int(),
  upstreamsUp: z.int(),
  /** Promises (docs/promises.md) that do not hold now. */
  promisesBroken: z.int(),
  warnings: z.int(),
  /** The name that was refused last and waits; empty when none does. */
  lastDenied: z.string(),
  /** ISO 8601; empty likewise. */
  lastDeniedAt: z.string(),
});
export type Summary = z.infer<typeof Summary>;
