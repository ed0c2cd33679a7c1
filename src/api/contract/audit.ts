import { z } from 'zod';
import { IdCursor, Limit, Time } from './common.ts';

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
});
export const AuditPage = z.object({ items: z.array(AuditEntry), nextCursor: z.string().optional() });
export const AuditFilter = z.object({ cursor: IdCursor.optional(), limit: Limit });
