import { z } from 'zod';
import { Address, GroupName, Name, Rule } from './common.ts';

/** likely: inferred, not looked up. */
export const AddressSharing = z.object({
  shared: z.enum(['yes', 'likely', 'no', 'unknown']),
  sentence: z.string(),
});

/** What the catalog knows of a name, in short. */
export const Explanation = z.object({
  /** The preset that knows it best. */
  preset: z.string(),
  title: z.string(),
  /** The name as the catalog has it. */
  pattern: z.string(),
  function: z.string(),
  need: z.enum(['required', 'recommended', 'optional']),
  why: z.string(),
  /** What a person sees when it is refused. */
  breaks: z.string(),
  /** Whether others can be reached at its addresses. */
  addresses: AddressSharing,
  /** Refused on purpose: telemetry and the like, which nobody has to allow. */
  refused: z.boolean(),
});
export type Explanation = z.infer<typeof Explanation>;

export const ExplainRequest = z
  .object({ name: Name.optional(), address: Address.optional(), group: GroupName.optional() })
  .refine((ask) => (ask.name === undefined) !== (ask.address === undefined), 'give either name or address');

export const ExplainedName = z.object({
  name: z.string(),
  /** All of it in a few sentences. */
  sentence: z.string(),
  /** Absent: the catalog does not know it. */
  catalog: Explanation.optional(),
  note: z.string().optional(),
  ports: z.array(z.string()),
  confidence: z.enum(['high', 'medium', 'low']).optional(),
  /** Every preset that has it, the one that knows it best first. */
  presets: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      pattern: z.string(),
      need: z.enum(['required', 'recommended', 'optional']),
      why: z.string(),
      breaks: z.string(),
      sources: z.array(z.string()),
      /** Groups that took it. */
      groups: z.array(z.string()),
    }),
  ),
  /** Whether the rules of each group allow it, whatever its mode lets through. */
  groups: z.array(
    z.object({
      group: z.string(),
      allowed: z.boolean(),
      denied: z.boolean(),
      rule: Rule.optional(),
      /** Of a name below plex.direct: what decides instead of rules. */
      sentence: z.string().optional(),
    }),
  ),
});
export type ExplainedName = z.infer<typeof ExplainedName>;

export const ExplainedAddress = z.object({
  address: z.string(),
  sentence: z.string(),
  /** What the catalog says is reached at it without a name. */
  unnamed: z.array(
    z.object({
      preset: z.string(),
      title: z.string(),
      id: z.string(),
      what: z.string(),
      breaks: z.string(),
      containment: z.enum(['list', 'none', 'lan', 'inbound', 'block', 'nothing']),
      remedy: z.string(),
      sources: z.array(z.string()),
    }),
  ),
  /** Names that led to it, newest first; open: they do now. */
  names: z.array(ExplainedName.extend({ open: z.boolean() })),
});

/** One of the two. */
export const Explained = z.object({ name: ExplainedName.optional(), address: ExplainedAddress.optional() });
export type Explained = z.infer<typeof Explained>;
