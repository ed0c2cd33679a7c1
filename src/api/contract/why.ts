import { z } from 'zod';
import { Address, Enforcement, GroupName, Moment, Name, Rule, Time } from './common.ts';
import { Explanation } from './explain.ts';
import { Interval } from './intervals.ts';
import { Query } from './queries.ts';
import { AddressRisk } from './risks.ts';

export const WhyRequest = z
  .object({
    name: Name.optional(),
    address: Address.optional(),
    group: GroupName.optional(),
    /** The host that asked. */
    client: Address.optional(),
    at: Moment.optional(),
  })
  .refine((ask) => (ask.name === undefined) !== (ask.address === undefined), 'give either name or address');

export const WhyName = z.object({
  group: z.string(),
  name: z.string(),
  verdict: z.enum(['allowed', 'denied']),
  reason: z.string(),
  /** Those that rules allow; `ANY`: every one. None where only learning or a pause lets the name through. */
  types: z.array(z.string()),
  rule: Rule.optional(),
  sentence: z.string(),
  enforcement: Enforcement,
  /** Rules that come close, where none decides, each with why it does not. */
  nearest: z.array(Rule.extend({ misses: z.string() })),
  catalog: Explanation.optional(),
  addresses: z.array(z.string()),
  /** What it led to in the last hour and was not opened: the cap that was reached, or `storage`. */
  leftOut: z.array(
    z.object({ address: z.string(), cap: z.enum(['name', 'rule', 'group', 'learn', 'storage']), at: Time }),
  ),
  /** How often it was refused, by UTC day. */
  refusals: z.array(z.object({ day: z.string(), qtype: z.string(), reason: z.string(), count: z.int() })),
  /** What was opened for it, newest first. */
  leases: z.array(Interval),
  lastQueries: z.array(Query),
});

export const WhyAddress = z.object({
  address: z.string(),
  open: z.boolean(),
  sentence: z.string(),
  leases: z.array(Interval),
  /** While it is open: how far that reaches beyond its names. */
  risk: AddressRisk.optional(),
});

/** One answer per group that a name concerns, or one for an address. */
export const Why = z.object({ names: z.array(WhyName).optional(), address: WhyAddress.optional() });
export type Why = z.infer<typeof Why>;
