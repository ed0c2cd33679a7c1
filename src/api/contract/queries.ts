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

const lines = {
  /** example.org that name, .example.org with everything below it, *.example.org only what is below it. */
  name: Name.optional(),
  /** Text anywhere in the name: tmdb finds image.tmdb.org. Not together with name. */
  part: z.string().trim().toLowerCase().min(1).max(255).optional(),
  client: Address.optional(),
  group: GroupName.optional(),
  verdict: z.enum(['allowed', 'denied', 'failed']).optional(),
  /** Why it ended so: not-confirmed finds what was told before a firewall was ready. */
  reason: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'the word a line has as its reason')
    .optional(),
  /** Query types, any of them: A,AAAA. */
  type: z.string().min(1).max(200).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
};
const onlyOne = ({
  name,
  part,
}: {
  readonly name?: string | undefined;
  readonly part?: string | undefined;
}) => name === undefined || part === undefined;
const ONLY_ONE = { path: ['part'], error: 'give either name or part' };

export const QueryFilter = z
  .object({ ...lines, cursor: Cursor.optional(), limit: Limit })
  .refine(onlyOne, ONLY_ONE);
export type QueryFilter = z.output<typeof QueryFilter>;

/** Everything the filter finds, newest first, from now back. */
export const ExportFilter = z.object(lines).refine(onlyOne, ONLY_ONE);
export const QueryExport = z.string();

export const CountFilter = z
  .object({
    ...lines,
    since: z.iso.datetime({ offset: true }),
    parts: z.coerce.number().int().min(1).max(200).default(60),
  })
  .refine(onlyOne, ONLY_ONE);

/** How many questions the filter finds in a time, in equal parts of it; `all` is without the filter. */
export const QueryCounts = z.object({
  since: Time,
  until: Time,
  /** Oldest first. */
  parts: z.array(z.object({ at: Time, allowed: z.int(), denied: z.int(), failed: z.int() })),
  questions: z.int(),
  /** A line of the log stands for equal questions of a moment: an export has so many. */
  lines: z.int(),
  all: z.int(),
  /** Absent: all was counted. It takes ten seconds at most, from the newest back to here. */
  countedTo: Time.optional(),
});
export type QueryCounts = z.infer<typeof QueryCounts>;
