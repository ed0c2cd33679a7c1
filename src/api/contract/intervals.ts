import { z } from 'zod';
import { Rule, Time } from './common.ts';

/** What a sync run did with an address on one firewall. */
export const Push = z.object({
  firewall: z.string(),
  change: z.enum(['add', 'renew', 'remove']),
  cause: z.string(),
  trigger: z.string(),
  at: Time,
  /** When the read-back showed it; absent: it did not. */
  confirmedAt: Time.optional(),
});

/** One interval in which an address was open, from the answer that led to it to what ended it. */
export const Interval = z.object({
  group: z.string(),
  /** The name it was open for; of a pin its note, of a feed the feed. */
  name: z.string(),
  address: z.string(),
  cause: z.string(),
  rule: Rule.optional(),
  approvedBy: z.string().optional(),
  approvedAt: Time.optional(),
  note: z.string().optional(),
  startedAt: Time,
  /** The latest moment until which a client was told to use it. */
  toldUntil: Time.optional(),
  until: Time.optional(),
  endedAt: Time.optional(),
  endCause: z.string().optional(),
  answer: z.object({ at: Time, ttlS: z.int(), chain: z.array(z.string()), upstream: z.string() }).optional(),
  pushes: z.array(Push),
  /** What happened next, in words. */
  next: z.string(),
});
export type Interval = z.infer<typeof Interval>;
