import { z } from 'zod';
import {
  Address,
  Effect,
  GroupName,
  Moment,
  Name,
  NextCursor,
  OpenCause,
  Paging,
  Rule,
  Time,
} from './common.ts';
import { Explanation } from './explain.ts';
import { Interval } from './intervals.ts';
import { AddressRisk } from './risks.ts';

/** An open address: why it is open for a group, until when, and what each firewall was read to hold. */
export const Lease = z.object({
  group: z.string(),
  name: z.string(),
  address: z.string(),
  cause: OpenCause,
  /** Of a feed: why, as its owner wrote it. */
  note: z.string().optional(),
  rule: Rule.pick({ id: true, pattern: true }).optional(),
  /** What the catalog knows of the name; absent: nothing. */
  catalog: Explanation.optional(),
  startedAt: Time,
  /** Where it was asked for. */
  risk: AddressRisk.pick({ score: true, sentence: true, others: true }).optional(),
  /** Absent for what has no end, such as a pin. */
  until: Time.optional(),
  firewalls: z.array(
    z.object({ name: z.string(), state: z.enum(['confirmed', 'held', 'waiting', 'missing']) }),
  ),
});
export type Lease = z.infer<typeof Lease>;

/** Of now; or, asked for a moment, what was open then. */
export const LeaseList = z.object({ items: z.array(Lease), ...NextCursor });
export const PastLeaseList = z.object({
  at: z.string(),
  items: z.array(Interval),
  nextCursor: z.string().optional(),
});
/** What is open now is asked most: it comes first, so that it is looked at once. A list of the past has a moment. */
export const AnyLeaseList = z.union([LeaseList.extend({ at: z.never().optional() }), PastLeaseList]);
export const LeaseFilter = z.object({
  group: GroupName.optional(),
  name: Name.optional(),
  address: Address.optional(),
  /** What was open then, from what is written down; at most `limit` a page, 100 unless said. */
  at: Moment.optional(),
  /** Of now: how far each address reaches beyond its names; at most `limit` a page, 100 unless said. */
  risk: z.stringbool().optional(),
  ...Paging,
});
export type LeaseFilter = z.output<typeof LeaseFilter>;

/** Closes what answers have open at the address, now. */
export const LeaseDrop = z.strictObject({ group: GroupName, address: Address });
export const LeaseDropped = z.object({
  /** What it was open for; asked again, an allowed name opens it again. */
  names: z.array(z.string()),
  effect: Effect,
});
