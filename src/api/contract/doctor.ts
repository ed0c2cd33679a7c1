import { z } from 'zod';
import { Address } from './common.ts';

/** Without a firewall and a client: all of them. */
export const DoctorInput = z
  .object({
    firewall: z.string().min(1).max(100).optional(),
    /** The address of a host, or the name of a group. */
    client: z.string().min(1).max(100).optional(),
    /** Puts one address into each alias and takes it out again; on pfSense that is two config revisions. */
    roundTrip: z.boolean().optional(),
    /** What goes in and out: a documentation address, 192.0.2.253 unless told. */
    testAddress: Address.optional(),
  })
  .strict();

export const Check = z.object({
  /** What it is about; neither: Sallyport itself. */
  firewall: z.string().optional(),
  group: z.string().optional(),
  check: z.string(),
  /** unknown: a person has to look. skipped: there was no sense in looking, or nobody asked for it. */
  result: z.enum(['ok', 'failed', 'unknown', 'skipped']),
  detail: z.string(),
  remedy: z.string().optional(),
});
export type Check = z.infer<typeof Check>;

export const Diagnosis = z.object({
  /** True when nothing failed; what is unknown may still be wrong. */
  ok: z.boolean(),
  items: z.array(Check),
});
