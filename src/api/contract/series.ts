import { z } from 'zod';
import { GroupName, Time } from './common.ts';

export const SeriesFilter = z.object({
  /** All clients when left out, those of no group too. */
  group: GroupName.optional(),
});

/** Answers of the last 24 hours in steps of a quarter of an hour. */
export const Series = z.object({
  since: Time,
  /** The end of the last step, which is still under way. */
  until: Time,
  stepMs: z.int(),
  /** Oldest first, none left out from `countedSince` on. */
  steps: z.array(
    z.object({
      at: Time,
      /** Among them what is answered while a group learns or is paused. */
      allowed: z.int(),
      /** By a rule that has an end; not among `allowed`. */
      temporary: z.int(),
      refused: z.int(),
      failed: z.int(),
      /** Of allowed and temporary: told before a firewall was read to hold the addresses. */
      beforeReady: z.int(),
    }),
  ),
  /** One report takes a fraction of a second; when that was up it had counted back to here. Ask again for the rest. */
  countedSince: Time,
});
export type Series = z.infer<typeof Series>;
