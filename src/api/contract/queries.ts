import { z } from 'zod';
import { Address, Cursor, GroupName, Limit, Name, Rule, Time } from './common.ts';
import { Explanation } from './explain.ts';

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
  /** What the catalog knows of the name; absent: nothing. */
  catalog: Explanation.optional(),
  rcode: z.string(),
  source: z.string(),
  durationMs: z.number(),
  answers: z.array(z.string()),
  /** How often the same was answered to the same client within a moment. */
  count: z.int(),
});
export type Query = z.infer<typeof Query>;

export const QueryPage = z.object({
  items: z.array(Query),
  nextCursor: z.string().optional(),
  /** One search takes at most a tenth of a second; when that was up it had looked back to here, and `nextCursor` goes on. */
  searchedTo: Time.optional(),
});

export const QueryFilter = z
  .object({
    /** example.org that name, .example.org with everything below it. */
    name: Name.optional(),
    /** Text anywhere in the name: tmdb finds image.tmdb.org. Not together with name. */
    part: z.string().trim().toLowerCase().min(1).max(255).optional(),
    client: Address.optional(),
    group: GroupName.optional(),
    verdict: z.enum(['allowed', 'denied', 'failed']).optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    cursor: Cursor.optional(),
    limit: Limit,
  })
  .refine(({ name, part }) => name === undefined || part === undefined, {
    path: ['part'],
    error: 'give either name or part',
  });
export type QueryFilter = z.output<typeof QueryFilter>;
