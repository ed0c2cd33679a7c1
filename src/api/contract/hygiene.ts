import { z } from 'zod';
import { GroupName, Rule, Time } from './common.ts';

export const HygieneFilter = z.object({ group: GroupName });

export const HygieneFinding = z.object({
  kind: z.enum(['unused', 'never-resolved', 'too-wide', 'comes-back', 'shadowed']),
  /** The rules it is about, by their ids. */
  rules: z.array(z.int()),
  /** Of an unused preset: which. */
  preset: z.string().optional(),
  /** Of what is unused: for how many days at least, 30 or 90. */
  days: z.int().optional(),
  /** The rule that makes this one idle. */
  by: z.int().optional(),
  /** The name that would do instead of the wildcard. */
  suggested: z.string().optional(),
  /** What was made for a while again and again, by rules that may have ended. */
  again: z
    .object({ action: z.enum(['allow', 'deny']), pattern: z.string(), types: z.array(z.string()) })
    .optional(),
  sentence: z.string(),
  remedy: z.string(),
  /** The remedy, where one command is all of it or its first half. */
  command: z.string().optional(),
});

export const HygieneReport = z.object({
  group: z.string(),
  /** Answers are counted since then; uses before it are not known. Absent: none was counted yet. */
  countedSince: Time.optional(),
  findings: z.array(HygieneFinding),
  rules: z.array(
    z.object({
      rule: Rule,
      origin: z.enum(['person', 'catalog', 'learn', 'file']),
      preset: z.string().optional(),
      place: z.string().optional(),
      note: z.string(),
      /** A rule that was not used is called unused only where the last 30 days were watched. */
      state: z.enum(['used', 'unused', 'not-watched-long-enough']),
      watchedSince: Time,
      watchedDays: z.int(),
      /** Questions it decided, of 13 months at most. */
      uses: z.int(),
      /** At least so many different ones. */
      names: z.int(),
      firstAt: Time.optional(),
      lastAt: Time.optional(),
    }),
  ),
});
export type HygieneReport = z.infer<typeof HygieneReport>;
