import { z } from 'zod';
import { DurationText, Effect, GroupName, Name, Time } from './common.ts';
import { NameRisk } from './learn.ts';
import { RuleView } from './rules.ts';

export const ReproduceTarget = z.object({ name: GroupName });

const RefusedName = z.object({
  name: z.string(),
  types: z.array(z.string()),
  reasons: z.array(z.string()),
  count: z.int(),
  firstAt: Time,
  lastAt: Time,
  catalog: z.object({ title: z.string(), why: z.string(), breaks: z.string() }).optional(),
  risks: z.array(NameRisk),
  /** Who refuses it on purpose: a deny rule, or the catalog. */
  onPurpose: z.enum(['rule', 'catalog']).optional(),
  /** In the day before: how often, and in how many of its hours. */
  before: z.object({ count: z.int(), hours: z.int() }).optional(),
});
export type RefusedName = z.infer<typeof RefusedName>;

export const Reproduce = z.object({
  group: z.string(),
  running: z.boolean(),
  sentence: z.string(),
  startedAt: Time.optional(),
  startedBy: z.string().optional(),
  /** What is shown was refused since; later than the start once it is verified. */
  markAt: Time.optional(),
  /** Milliseconds since the mark. */
  forMs: z.int().optional(),
  /** Newest first, at most 200. */
  refused: z.array(RefusedName).optional(),
  /** Refused all day before, at a similar rate: how many, and with `all` which. */
  backgroundNames: z.int().optional(),
  background: z.array(RefusedName).optional(),
  /** Refused on purpose, by a deny rule or the catalog; allowed only when asked for by name. */
  onPurpose: z.array(RefusedName).optional(),
  /** The temporary rules it made, ended ones too. */
  rules: z.array(RuleView).optional(),
});
export type Reproduce = z.infer<typeof Reproduce>;

export const ReproduceFilter = z.object({
  /** 1: also what is refused all day. */
  all: z.enum(['0', '1']).default('0'),
});

export const AllowRefused = z.strictObject({
  for: DurationText.default('15m'),
  /** Of those that are shown; all that may be allowed without a second thought when left out. */
  names: z.array(Name).min(1).max(500).optional(),
});

export const RefusedAllowed = z.object({
  rules: z.array(RuleView),
  skipped: z.array(z.object({ name: z.string(), why: z.string() })),
  effect: Effect,
});
export const ReproduceDecided = z.object({ rules: z.array(RuleView), effect: Effect });
