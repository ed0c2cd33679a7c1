import { z } from 'zod';
import { DurationText, GroupName, Name, Rule, Time } from './common.ts';
import { SentConfiguration } from './configuration.ts';
import { RecordTypes } from './rules.ts';

const MOST_RULES = 10_000;

/** Rules that are not in force: those of the group, without some and with others, or those it would have under a configuration. */
export const ReplayRequest = z.strictObject({
  group: GroupName,
  allow: z.array(Name).max(MOST_RULES).default([]),
  deny: z.array(Name).max(MOST_RULES).default([]),
  /** Of the names in `allow`; A and AAAA when left out, ANY for every type. */
  types: RecordTypes.default(['A', 'AAAA']),
  presets: z.array(z.string().max(64)).max(100).default([]),
  /** Ids of rules in force that are left out. */
  without: z.array(z.int().positive()).max(MOST_RULES).default([]),
  /** True: none of the rules in force. */
  only: z.boolean().default(false),
  /** The rules of the group as they would be under this configuration; for an admin, and instead of the other changes. */
  file: SentConfiguration.optional(),
  /** How far back. */
  since: DurationText.default('7d'),
});

const ReplayedName = z.object({
  name: z.string(),
  types: z.array(z.string()),
  count: z.int(),
  firstAt: Time,
  lastAt: Time,
  clients: z.array(z.string()),
  answers: z.array(z.string()),
  reason: z.string(),
  rule: Rule.omit({ id: true }).optional(),
});

export const ReplayResult = z.object({
  group: z.string(),
  since: Time,
  until: Time,
  queries: z.int(),
  names: z.int(),
  /** The 200 asked most; the counts are of all. */
  newlyRefused: z.array(ReplayedName),
  newlyRefusedNames: z.int(),
  /** Questions for them. */
  newlyRefusedQueries: z.int(),
  newlyAllowed: z.array(ReplayedName),
  newlyAllowedNames: z.int(),
  closes: z.array(z.string()),
  opens: z.array(z.string()),
});
export type ReplayResult = z.infer<typeof ReplayResult>;
