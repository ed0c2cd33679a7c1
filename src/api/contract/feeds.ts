import { z } from 'zod';
import { Time } from './common.ts';

/** A list of addresses that somebody else keeps; its last good version is open. */
export const Feed = z.object({
  name: z.string(),
  groups: z.array(z.string()),
  source: z.string(),
  note: z.string(),
  /** For people: an alias holds addresses only. */
  ports: z.array(z.int()),
  /** What does not work without it. */
  breaks: z.string(),
  /** Absent: no end. */
  until: Time.optional(),
  entries: z.int(),
  /** Where the open addresses come from: written in the configuration, or built in, known to be right in `knownIn`. */
  list: z.enum(['none', 'fetched', 'written', 'built-in']),
  knownIn: z.string().optional(),
  /** Entries of the list that are never opened, or no addresses. */
  dropped: z.int(),
  checkedAt: Time.optional(),
  fetchedAt: Time.optional(),
  /** Absent: it is not fetched, or its time is over. */
  nextAt: Time.optional(),
  /** Why the last try changed nothing. */
  problem: z.string().optional(),
  /** A much shorter list that needs a person's OK. */
  held: z.array(z.string()).optional(),
});
export type Feed = z.infer<typeof Feed>;

export const FeedList = z.object({ items: z.array(Feed) });
export const FeedOnly = z.object({ feed: Feed });
