import { z } from 'zod';
import {
  DurationText,
  Effect,
  EndText,
  Entry,
  GroupName,
  Name,
  NextCursor,
  Note,
  Paging,
  Time,
} from './common.ts';

export const RuleView = z.object({
  id: z.int(),
  group: z.string(),
  action: z.enum(['allow', 'deny']),
  pattern: z.string(),
  types: z.array(z.string()),
  note: z.string(),
  private: z.boolean(),
  warm: z.enum(['auto', 'always', 'never']),
  origin: z.enum(['person', 'catalog', 'learn', 'file']),
  preset: z.string().optional(),
  createdAt: Time,
  createdBy: z.string(),
  expiresAt: Time.optional(),
  endedAt: Time.optional(),
  endedBy: z.string().optional(),
  /** Where in which file it is written: sallyport.yaml:12. */
  place: z.string().optional(),
});
export type RuleView = z.infer<typeof RuleView>;

export const RuleList = z.object({ items: z.array(RuleView), ...NextCursor });
export const OneRule = z.object({ rule: RuleView });
export const RuleEffect = z.object({ rule: RuleView, effect: Effect, entry: Entry });
export const RuleFilter = z.object({
  group: GroupName.optional(),
  /** true: those that end by themselves. */
  temporary: z.stringbool().optional(),
  ...Paging,
});

export const RecordTypes = z
  .array(z.string().regex(/^[A-Za-z0-9]{1,16}$/))
  .min(1)
  .max(16);

const Warm = z.union([z.enum(['auto', 'always', 'never']), z.boolean()]);

/** Rules of one request. */
const MOST_AT_ONCE = 1000;

/** end: now. extend: until then, or `always`. All of them or none. */
export const RuleBulk = z
  .strictObject({
    ids: z.array(z.int().positive()).min(1).max(MOST_AT_ONCE),
    action: z.enum(['end', 'extend']),
    until: z.union([EndText, z.literal('always')]).optional(),
  })
  .refine(({ action, until }) => (action === 'extend') === (until !== undefined), '`until` goes with extend');

export const RuleBulkEffect = z.object({ rules: z.array(RuleView), effect: Effect, entry: Entry });

export const RulePatch = z
  .strictObject({
    for: z.union([DurationText, z.literal('always')]).optional(),
    until: EndText.optional(),
    note: Note.optional(),
    warm: Warm.optional(),
  })
  .refine((rule) => rule.for === undefined || rule.until === undefined, 'give for or until, not both');

export const RuleCreate = z
  .strictObject({
    group: GroupName,
    allow: Name.optional(),
    deny: Name.optional(),
    for: z.union([DurationText, z.literal('always')]).optional(),
    until: EndText.optional(),
    note: Note.default(''),
    /** A and AAAA when left out; ANY for every type. */
    types: z
      .array(z.string().regex(/^[A-Za-z0-9]{1,16}$/))
      .min(1)
      .max(16)
      .optional(),
    warm: Warm.optional(),
    private: z.boolean().optional(),
  })
  .refine((rule) => (rule.allow === undefined) !== (rule.deny === undefined), 'give either allow or deny')
  .refine((rule) => rule.for === undefined || rule.until === undefined, 'give for or until, not both');
export type RuleCreate = z.output<typeof RuleCreate>;
