import { z } from 'zod';
import { Effect, Id, IdCursor, Limit, Time } from './common.ts';

export const AuditEntry = z.object({
  id: z.int(),
  at: Time,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  note: z.string(),
  origin: z.string(),
  /** The entry that this one took back. */
  reverts: z.int().optional(),
  /** The entry that took this one back. */
  revertedBy: z.int().optional(),
  /** Whether `POST /audit/:id/revert` would go ahead now. */
  revertible: z.boolean(),
  /** Why not. */
  notRevertible: z.string().optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditPage = z.object({ items: z.array(AuditEntry), nextCursor: z.string().optional() });

const Link = z.object({ id: z.int(), hash: z.string() });
export const AuditVerification = z.discriminatedUnion('sound', [
  z.object({
    sound: z.literal(true),
    entries: z.int(),
    first: z.int().optional(),
    /** Keep it elsewhere: a later verification with `noted` proves that nothing up to here was changed. */
    head: Link,
  }),
  z.object({
    sound: z.literal(false),
    /** Those that are sound, from the first on. */
    entries: z.int(),
    brokenAt: z.int(),
    why: z.string(),
  }),
]);
export type AuditVerification = z.infer<typeof AuditVerification>;
export const AuditVerificationRequest = z.object({
  noted: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/, 'a head of an earlier verification: its number, a colon and its hash')
    .transform((text) => {
      const [id = '', hash = ''] = text.split(':');
      return { id: Number(id), hash };
    })
    .optional(),
});

export const OneAuditEntry = z.object({ id: Id });
/** The entry that was written, and what the change did where it was one of policy or addresses. */
export const AuditReverted = z.object({ entry: AuditEntry, effect: Effect.optional() });

export const AuditFilter = z.object({
  actor: z.string().min(1).max(200).optional(),
  /** rule.allow, or `rule` for all that begins with `rule.`. */
  action: z
    .string()
    .regex(/^[a-z][a-z0-9.-]{0,63}$/, 'rule.allow, or rule for all of them')
    .optional(),
  /** Text anywhere in what it is about, or in the note. */
  text: z.string().trim().min(1).max(255).optional(),
  /** What it is about, exactly: 'plex image.tmdb.org' for a rule. */
  subject: z.string().min(1).max(1200).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  cursor: IdCursor.optional(),
  limit: Limit,
});
export type AuditFilter = z.output<typeof AuditFilter>;

/** What there is to filter by. */
export const AuditWords = z.object({ actors: z.array(z.string()), actions: z.array(z.string()) });
export type AuditWords = z.infer<typeof AuditWords>;
