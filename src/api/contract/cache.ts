import { z } from 'zod';
import { Name } from './common.ts';

/** The answers kept in memory, since the DNS thread started. */
export const Cache = z.object({
  entries: z.int(),
  /** Of the entries, those that say "there is none". */
  negative: z.int(),
  /** Memory they take, and the most they may take. */
  octets: z.int(),
  limitOctets: z.int(),
  /** Questions of clients answered from memory, stale answers included. */
  hits: z.int(),
  misses: z.int(),
  /** Last good answers told while no upstream answered. */
  stale: z.int(),
  /** Answers in demand that were asked for again before their end. */
  prefetches: z.int(),
  /** Answers given up for room. */
  evictions: z.int(),
});
export type Cache = z.infer<typeof Cache>;

/** Without a name everything is forgotten. */
export const CacheFlush = z.object({ name: Name.optional() }).strict();
export const CacheFlushed = z.object({ flushed: z.string(), cache: Cache });
