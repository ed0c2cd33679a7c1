import { z } from 'zod';
import { DurationText, Id, Time } from './common.ts';
import { RoleName } from './users.ts';

export const TokenView = z.object({
  id: z.int(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  role: RoleName,
  createdAt: Time,
  createdBy: z.string(),
  expiresAt: Time.optional(),
  expired: z.boolean(),
  usedAt: Time.optional(),
  usedFrom: z.string().optional(),
});
export type TokenView = z.infer<typeof TokenView>;
export const TokenList = z.object({ items: z.array(TokenView) });
export const OneToken = z.object({ id: Id });
export const CreateToken = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, dots and dashes'),
  role: RoleName.default('viewer'),
  for: z.union([DurationText, z.literal('always')]).default('90d'),
});
/** The token itself is shown this once. */
export const TokenCreated = z.object({ token: TokenView, secret: z.string() });
