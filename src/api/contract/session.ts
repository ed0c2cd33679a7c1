import { z } from 'zod';
import { RoleName } from './users.ts';

export const SetupRequest = z.strictObject({
  token: z.string().min(1).max(200),
  password: z.string().max(1000),
});

export const SignInRequest = z.strictObject({
  user: z.string().min(1).max(100).default('admin'),
  password: z.string().max(1000),
  /** Where a second factor is set: six digits, or a recovery code. */
  code: z.string().max(40).optional(),
});

export const ResetPasswordRequest = z.strictObject({ password: z.string().max(1000) });

/** Who is signed in, and whether anybody can be. */
export const Session = z.object({
  setUp: z.boolean(),
  signedIn: z.boolean(),
  user: z.string().optional(),
  role: RoleName.optional(),
});
export type Session = z.infer<typeof Session>;
