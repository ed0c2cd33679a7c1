import { z } from 'zod';
import { Address, GroupName, Name, Rule, Time } from './common.ts';

/** An open address: why it is open for a group, until when, and what each firewall was read to hold. */
export const Lease = z.object({
  group: z.string(),
  name: z.string(),
  address: z.string(),
  cause: z.enum(['answer', 'learn', 'pause', 'pin', 'feed', 'outage', 'restored', 'adopted', 'in-use']),
  rule: Rule.pick({ id: true, pattern: true }).optional(),
  startedAt: Time,
  /** Absent for what has no end, such as a pin. */
  until: Time.optional(),
  firewalls: z.array(z.object({ name: z.string(), state: z.enum(['confirmed', 'waiting', 'missing']) })),
});
export type Lease = z.infer<typeof Lease>;

export const LeaseList = z.object({ items: z.array(Lease) });
export const LeaseFilter = z.object({
  group: GroupName.optional(),
  name: Name.optional(),
  address: Address.optional(),
});
export type LeaseFilter = z.infer<typeof LeaseFilter>;
