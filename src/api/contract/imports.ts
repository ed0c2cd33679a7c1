import { z } from 'zod';
import { Effect, GroupName, Id, Name, Note } from './common.ts';

const Format = z.enum(['auto', 'plain', 'squid-dstdomain', 'squid-log', 'pihole', 'adguard', 'dnsmasq']);

const ImportEntry = z.object({ action: z.enum(['allow', 'deny']), pattern: Name, note: Note.default('') });

/** Names; as many as one import may have. */
const MAX_ENTRIES = 10_000;
/** Characters of a list as text. What is larger, and archives, `sallyport import` reads. */
const MAX_TEXT = 800_000;

/** Either a list as text, or what somebody made of one. */
export const ImportRequest = z
  .strictObject({
    group: GroupName,
    /** What the list is called. */
    source: z.string().min(1).max(100).default('list'),
    format: Format.default('auto'),
    text: z.string().max(MAX_TEXT).optional(),
    entries: z.array(ImportEntry).max(MAX_ENTRIES).optional(),
  })
  .refine(
    ({ text, entries }) => (text === undefined) !== (entries === undefined),
    'give either text or entries',
  );

export const ImportQuery = z.object({ dryRun: z.enum(['0', '1', 'false', 'true']).default('0') });
export type ImportQuery = z.output<typeof ImportQuery>;

export const ImportResult = z.object({
  dryRun: z.boolean(),
  format: Format.optional(),
  /** Would be added, in a dry run. */
  added: z.array(ImportEntry),
  /** A rule in force says it already. */
  existing: z.array(ImportEntry.extend({ rule: z.int() })),
  /** The first ones, each with its line and why. */
  skipped: z.array(z.object({ line: z.int(), text: z.string(), reason: z.string() })),
  skippedCount: z.int(),
  /** How to take it back: DELETE /rules/import/<entry>, or this command. */
  undo: z.object({ entry: z.int(), command: z.string() }).optional(),
  effect: Effect.optional(),
});
export type ImportResult = z.infer<typeof ImportResult>;

export const OneImport = z.object({ entry: Id });
export const ImportUndone = z.object({ ended: z.int(), effect: Effect });
