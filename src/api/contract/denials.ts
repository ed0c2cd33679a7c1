import { z } from 'zod';
import { DurationText, Effect, Entry, GroupName, Limit, Name, Note, Rule, Time } from './common.ts';
import { Explanation } from './explain.ts';
import { RecordTypes, RuleView } from './rules.ts';

/** A refused name waiting for a person. */
export const Denial = z.object({
  id: z.int(),
  group: z.string(),
  name: z.string(),
  /** The name in its own letters, where those are others: bücher.example of xn--bcher-kva.example. */
  unicode: z.string().optional(),
  /** Where somebody can register names: tmdb.org of image.tmdb.org. */
  domain: z.string(),
  state: z.enum(['waiting', 'muted', 'decided']),
  /** False in learn mode and while paused: it was answered, and would have been refused. */
  refused: z.boolean(),
  reason: z.string(),
  rule: Rule.optional(),
  types: z.array(z.string()),
  /** What the catalog knows of the name; absent: nothing. */
  catalog: Explanation.optional(),
  lastClient: z.string(),
  count: z.int(),
  firstAt: Time,
  lastAt: Time,
  decidedAt: Time.optional(),
  decidedBy: z.string().optional(),
  /** Allowed for a while in the last seven days: how often, and when the last of it ended. */
  allowedBefore: z.object({ times: z.int(), endedAt: Time.optional() }).optional(),
});
export type Denial = z.infer<typeof Denial>;

export const DenialPage = z.object({
  items: z.array(Denial),
  /** How many there are on all pages. */
  total: z.int(),
  nextCursor: z.string().optional(),
});

const ExactName = Name.transform((name) => name.toLowerCase());

export const DenialFilter = z.object({
  group: GroupName.optional(),
  state: z.enum(['waiting', 'muted', 'decided']).default('waiting'),
  /** Only those asked within this time, for example 15m. */
  window: DurationText.optional(),
  /** Text anywhere in the name: tmdb finds image.tmdb.org. */
  part: z.string().trim().toLowerCase().min(1).max(255).optional(),
  /** These names and no others; given more than once: any of them. */
  name: z.union([ExactName.transform((name) => [name]), z.array(ExactName).max(100)]).optional(),
  cursor: z
    .string()
    .regex(/^\d{1,16}-\d{1,16}$/, 'what nextCursor of the page before said')
    .transform(readDenialCursor)
    .optional(),
  limit: Limit,
});

/** Names move up when they are refused again: the moment says where the page ended, the id which of that moment. */
export function writeDenialCursor({ lastAt, id }: { readonly lastAt: number; readonly id: number }): string {
  return `${lastAt}-${id}`;
}

function readDenialCursor(text: string) {
  const [lastAt = 0, id = 0] = text.split('-').map(Number);
  return { lastAt, id };
}

export const AllowDenial = z.strictObject({
  /** No widening by accident: fifteen minutes and the exact name unless more is asked for. */
  for: z.union([DurationText, z.literal('always')]).default('15m'),
  scope: z.enum(['exact', 'subtree']).default('exact'),
  note: Note.default(''),
  /** A and AAAA when left out. */
  types: RecordTypes.optional(),
});

export type AllowDenial = z.infer<typeof AllowDenial>;

export const DenialAllowed = z.object({
  denial: Denial,
  rule: RuleView,
  effect: Effect,
  entry: Entry,
});
export const DenialOnly = z.object({ denial: Denial });
