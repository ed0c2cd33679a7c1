import { z } from 'zod';
import { DurationText, Id, Time } from './common.ts';
import { RoleName } from './users.ts';

export const TokenView = z.object({
  id: z.int(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  role: RoleName,
  /** What it may do now: no more than the account that made it, and nothing once that is disabled or gone. */
  worth: z.enum([...RoleName.options, 'nothing']),
  createdAt: Time,
  /** Who answers for it: of one that was made with a token, whoever made that. */
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
