import { z } from 'zod';
import { Time } from './common.ts';
import { ConfigurationState } from './configuration.ts';
import { Firewall } from './firewalls.ts';
import { Group } from './groups.ts';

export const Health = z.object({ status: z.enum(['ok', 'starting']) });

export const Status = z.object({
  version: z.string(),
  startedAt: Time,
  now: Time,
  /** What a person may rely on right now, in one line per group. */
  sentences: z.array(z.string()),
  /** What is promised, and whether it holds right now. */
  promises: z.array(
    z.object({
      id: z.enum(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7']),
      holds: z.boolean(),
      sentence: z.string(),
      counters: z.record(z.string(), z.int()),
    }),
  ),
  groups: z.array(Group),
  waitingDenials: z.int(),
  newHosts: z.int(),
  openAddresses: z.int(),
  firewalls: z.array(Firewall),
  /** When the schedule has every firewall read next; what a change needs does not wait for it. */
  nextRunAt: Time.optional(),
  planes: z.array(
    z.object({
      name: z.string(),
      /** resting: it is started when it is needed. */
      state: z.enum(['running', 'starting', 'crashed', 'resting']),
      restarts: z.int(),
    }),
  ),
  listeners: z.array(
    z.object({
      protocol: z.enum(['udp', 'tcp']),
      address: z.string(),
      port: z.int(),
      error: z.object({ code: z.string(), remedy: z.string() }).optional(),
    }),
  ),
  upstreams: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['up', 'down']),
      lastError: z.string().optional(),
      domain: z.string().optional(),
      counters: z
        .object({
          queries: z.int(),
          failures: z.int(),
          timeouts: z.int(),
          mismatched: z.int(),
          medianMs: z.number().optional(),
        })
        .optional(),
    }),
  ),
  counters: z.object({
    queries: z.int(),
    cached: z.int(),
    denied: z.int(),
    failed: z.int(),
    toldUnconfirmed: z.int(),
    held: z.int(),
    toldOverBudget: z.int(),
    evicted: z.int(),
    leftOut: z.int(),
    droppedLogLines: z.int(),
    droppedDenials: z.int(),
    droppedRecords: z.int(),
    limited: z.int(),
    crowded: z.int(),
    tcp: z.object({
      open: z.int(),
      accepted: z.int(),
      refused: z.int(),
      closed: z.record(z.string(), z.int()),
    }),
  }),
  configuration: ConfigurationState,
  /** Present where the page is served over TLS of Sallyport's own; the fingerprint is the SHA-256 browsers show. */
  certificate: z.object({ fingerprint: z.string(), validTo: Time, selfSigned: z.boolean() }).optional(),
  warnings: z.array(z.string()),
});
export type Status = z.infer<typeof Status>;
