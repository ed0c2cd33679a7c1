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
  /** Whether whoever is signed in has a second factor here; absent for tokens and the command line. */
  secondFactor: z.boolean().optional(),
  /** The ways in. */
  signIn: z.object({
    password: z.boolean(),
    /** Text of the button that leads to the provider; absent: there is none. */
    provider: z.string().optional(),
  }),
});
export type Session = z.infer<typeof Session>;

/** Where the browser goes next to sign in; `returnTo` is a path of the page. */
export const SignInAtProvider = z.strictObject({ returnTo: z.string().max(500).optional() });
export const SignInAt = z.object({ location: z.string() });
/** What the provider sends back; the rest of it is the library's to read. */
export const ProviderReturn = z.looseObject({ state: z.string().max(500).optional() });
/** `location`: where to sign out at the provider too. */
export const SignedOut = z.object({ location: z.string().optional() });
