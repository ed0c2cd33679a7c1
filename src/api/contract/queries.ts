import { z } from 'zod';
import { Address, Cursor, GroupName, Limit, Name, Rule, Time } from './common.ts';

/** One line of the query log. */
export const Query = z.object({
  id: z.int(),
  at: Time,
  client: z.string(),
  group: z.string().optional(),
  name: z.string(),
  type: z.string(),
  verdict: z.enum(['allowed', 'denied', 'failed']),
  reason: z.string(),
  rule: Rule.optional(),
  rcode: z.string(),
  source: z.string(),
  durationMs: z.number(),
  answers: z.array(z.string()),
  /** How often the same was answered to the same client within a moment. */
  count: z.int(),
});
export type Query = z.infer<typeof Query>;

export const QueryPage = z.object({ items: z.array(Query), nextCursor: z.string().optional() });

export const QueryFilter = z.object({
  /** example.org that name, .example.org with everything below it. */
  name: Name.optional(),
  client: Address.optional(),
  group: GroupName.optional(),
  verdict: z.enum(['allowed', 'denied', 'failed']).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  cursor: Cursor.optional(),
  limit: Limit,
});
export type QueryFilter = z.output<typeof QueryFilter>;
