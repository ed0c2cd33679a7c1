import { z } from 'zod';
import { DurationText, GroupName, Name, Note, Rule, Time } from './common.ts';
import { GroupEffect } from './groups.ts';
import { RecordTypes, RuleView } from './rules.ts';

const Need = z.enum(['required', 'recommended', 'optional']);

/** What is wrong with allowing a name or a pattern: docs/learn.md says what each code means. */
export const NameRisk = z.object({
  code: z.enum([
    'public-suffix',
    'shared-suffix',
    'shared-hosting',
    'plex-direct',
    'address-in-name',
    'lookalike',
    'punycode',
    'random-label',
    'odd-name',
  ]),
  sentence: z.string(),
});

export const ReportedName = z.object({
  name: z.string(),
  /** Types that were answered with records. */
  types: z.array(z.string()),
  count: z.int(),
  /** UTC days on which it was asked. */
  days: z.int(),
  firstAt: Time,
  lastAt: Time,
  /** Who asked and what was told in the last day, or the last times before it. */
  clients: z.array(z.string()),
  answers: z.array(z.string()),
  /** What enforcing says, and by which rule. */
  verdict: z.enum(['allowed', 'refused']),
  reason: z.string(),
  rule: Rule.optional(),
  catalog: z.object({ title: z.string(), need: Need, why: z.string() }).optional(),
});
export type ReportedName = z.infer<typeof ReportedName>;

const WouldRefuse = z.object({
  names: z.int(),
  queries: z.int(),
  /** The 50 asked most. */
  most: z.array(z.object({ name: z.string(), count: z.int() })),
});

const placed = {
  /** Of what the catalog knows, the software; else the registrable domain. */
  of: z.string(),
  /** Absent: it was not asked yet. */
  lastAt: Time.optional(),
};

export const SuggestedRule = z.object({
  ...placed,
  pattern: z.string(),
  types: z.array(z.string()),
  /** True: taken unless a person says otherwise. */
  selected: z.boolean(),
  why: z.string(),
  /** The preset that knows it. */
  preset: z.string().optional(),
  need: Need.optional(),
  /** Names that were asked and how often; none where it is needed and was not asked yet. */
  names: z.array(z.string()),
  count: z.int(),
});

const LeftOut = z.object({
  ...placed,
  name: z.string(),
  code: z.enum([
    'refused-on-purpose',
    'plex-direct',
    'risky',
    'other-types',
    'asked-once',
    'many-labels',
    'refused',
    'no-answer',
  ]),
  why: z.string(),
  risks: z.array(NameRisk),
  count: z.int(),
});

export const LearnReport = z.object({
  group: z.string(),
  mode: z.enum(['learn', 'enforce', 'paused']),
  since: Time,
  until: Time,
  queries: z.int(),
  names: z.int(),
  /** Software that was seen, with the names of each that is recognised; of all names, the 500 asked most are told. */
  presets: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      seen: z.int(),
      entries: z.int(),
      requiredSeen: z.int(),
      required: z.int(),
      isRecognised: z.boolean(),
      names: z.array(ReportedName),
    }),
  ),
  /** The rest, by registrable domain. */
  domains: z.array(z.object({ domain: z.string(), count: z.int(), names: z.array(ReportedName) })),
  lastDay: z.object({ since: Time, asItIs: WouldRefuse, suggested: WouldRefuse, sentence: z.string() }),
  suggestion: z.object({
    rules: z.array(SuggestedRule),
    /** Why a name is left out; the first 500. */
    leftOut: z.array(LeftOut),
    leftOutNames: z.int(),
  }),
});
export type LearnReport = z.infer<typeof LearnReport>;

export const ReportFilter = z.object({
  /** How far back; since the group learns when left out. */
  since: DurationText.optional(),
});

const MOST_RULES = 10_000;
const learnt = {
  rules: z
    .array(z.strictObject({ pattern: Name, types: RecordTypes.optional(), note: Note.optional() }))
    .max(MOST_RULES)
    .default([]),
  presets: z.array(z.string().max(64)).max(100).default([]),
};

export const EnforceRequest = z.strictObject({
  ...learnt,
  /** Go ahead although no connected firewall was seen to use the alias. */
  override: z.boolean().optional(),
  note: Note.default(''),
});

export const EnforcePreview = z.strictObject({ ...learnt, since: DurationText.default('7d') });

export const EnforceResult = GroupEffect.extend({ rules: z.array(RuleView) });
export const LearnTarget = z.object({ name: GroupName });
