import { z } from 'zod';
import { GroupName, Name } from './common.ts';
import { NameRisk } from './learn.ts';

/** Names of one request; some milliseconds of work. */
const MOST_NAMES = 500;

export const NamesRequest = z.strictObject({
  /** example.org, *.example.org or .example.org; other letters than those of DNS too. */
  names: z.array(Name).min(1).max(MOST_NAMES),
  group: GroupName.optional(),
});

/** Of each that can be a rule: how it reads, what is wrong with it, and what would do instead. */
export const NameLooks = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      /** As a rule has it: xn--…, lower case. */
      pattern: z.string(),
      /** In its own letters, where that is another text. */
      unicode: z.string().optional(),
      risks: z.array(NameRisk),
      /** Of a wide pattern that is risky: names below it that were refused, the newest first. */
      instead: z.array(z.string()),
    }),
  ),
});
export type NameLooks = z.infer<typeof NameLooks>;
