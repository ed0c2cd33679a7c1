import { z } from 'zod';
import { Time } from './common.ts';

/** viewer: reads. approver: also allows refused names for a while, and mutes them. admin: everything. */
export const RoleName = z.enum(['viewer', 'approver', 'admin']);

const UserName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, 'lower-case letters, digits, dots, dashes and @, at most 63');
const Password = z.string().max(1000);

export const UserView = z.object({
  name: z.string(),
  role: RoleName,
  createdAt: Time,
  secondFactor: z.boolean(),
  /** Who vouches for the account, where it is not a password of ours. */
  provider: z.string().optional(),
  disabled: z.boolean(),
  /** Of the last 30 days. */
  lastSeenAt: Time.optional(),
});
export type UserView = z.infer<typeof UserView>;
export const UserList = z.object({ items: z.array(UserView) });
export const OneUser = z.object({ name: UserName });
export const CreateUser = z.strictObject({
  name: UserName,
  password: Password,
  role: RoleName.default('viewer'),
});
export const ChangeUser = z.strictObject({
  role: RoleName.optional(),
  password: Password.optional(),
  disabled: z.boolean().optional(),
});

/** Where somebody is signed in; `id` is a part of a hash and opens nothing. */
export const SessionView = z.object({
  id: z.string(),
  user: z.string(),
  from: z.string(),
  /** What the browser calls itself: written by whoever signed in. */
  userAgent: z.string(),
  createdAt: Time,
  lastSeenAt: Time,
  current: z.boolean(),
});
export type SessionView = z.infer<typeof SessionView>;
export const SessionList = z.object({ items: z.array(SessionView) });
export const OneSession = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) });

export const ChangePassword = z.strictObject({ password: Password, newPassword: Password });
export const WithPassword = z.strictObject({ password: Password });
export const OfferedSecondFactor = z.object({ secret: z.string(), uri: z.string() });
export const ConfirmSecondFactor = z.strictObject({ code: z.string().max(20) });
/** Shown this once. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
