import { z } from 'zod';
import { Time } from './common.ts';

export const BackupList = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      /** sealed: everything in one file for elsewhere. nightly, upgrade: copies of a database, which stay on the machine. */
      kind: z.enum(['sealed', 'nightly', 'upgrade']),
      at: Time,
      octets: z.int(),
    }),
  ),
  /** The one that is being made, and how much of it is written. */
  making: z.object({ name: z.string(), startedAt: Time, octets: z.int() }).optional(),
  /** What went wrong with the last one. */
  problem: z.string().optional(),
});
export type BackupList = z.infer<typeof BackupList>;

/** Characters: whoever finds the file may guess for as long as they like. */
export const MIN_PASSPHRASE = 12;

export const MakeBackup = z.strictObject({
  passphrase: z
    .string()
    .min(MIN_PASSPHRASE, { error: `use at least ${MIN_PASSPHRASE} characters` })
    .max(1000),
  /** The query log is most of the size, and nothing depends on it. */
  withLog: z.boolean().default(true),
});

/** It is made meanwhile: the list says how far it has come. */
export const BackupStarted = z.object({ name: z.string() });

export const OneBackup = z.object({
  name: z
    .string()
    .regex(/^sallyport-\d{8}T\d{6}Z\.backup$/, 'the name of a sealed backup, as the list has it'),
});
