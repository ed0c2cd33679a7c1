import { z } from 'zod';
import { DurationText, GroupName, Rule, Time } from './common.ts';

const Happened = z.object({ count: z.int(), lastAt: Time });

/** What became of it in one group. */
const Look = z.object({
  group: z.string(),
  since: Time,
  names: z.array(
    z.object({
      name: z.string(),
      /** The one that knows it best. */
      preset: z.string().optional(),
      types: z.array(z.string()),
      /** By the rules, whatever the group's mode lets through. */
      allowed: z.boolean(),
      denied: z.boolean(),
      rule: Rule.optional(),
      asked: Happened.optional(),
      refused: Happened.optional(),
      /** Allowed, and not answered. */
      failed: Happened.optional(),
      /** Addresses that are open for it now. */
      open: z.int(),
    }),
  ),
  unnamed: z.array(
    z.object({
      preset: z.string(),
      id: z.string(),
      what: z.string(),
      breaks: z.string(),
      containment: z.enum(['list', 'none', 'lan', 'inbound', 'block', 'nothing']),
      remedy: z.string(),
      /** How many the catalog lists, and how many of them are open for the group. */
      addresses: z.int(),
      open: z.int(),
    }),
  ),
  verdict: z.enum([
    'settings',
    'refused',
    'not-allowed',
    'allowed-since',
    'failed',
    'not-open',
    'not-asked',
    'elsewhere',
  ]),
  sentence: z.string(),
  /** A command, or what to do in words. */
  remedy: z.string().optional(),
});

export const Symptom = z.object({
  id: z.string(),
  /** What a person sees. */
  title: z.string(),
  words: z.array(z.string()),
  /** Names to look at, the likeliest first. */
  names: z.array(z.string()),
  /** What else it may be. */
  elsewhere: z.array(z.string()),
  confidence: z.enum(['high', 'medium', 'low']),
  sources: z.array(z.string()),
  /** Absent where no group was named. */
  look: Look.optional(),
});
export type Symptom = z.infer<typeof Symptom>;

export const SymptomList = z.object({ items: z.array(Symptom) });
/** `since`: how far back to look. */
export const SymptomScope = z.object({ group: GroupName.optional(), since: DurationText.default('24h') });
/** `q`: words; each has to be found. */
export const SymptomFilter = SymptomScope.extend({ q: z.string().max(200).default('') });
export const OneSymptom = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes'),
});
