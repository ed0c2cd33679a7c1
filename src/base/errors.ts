/**
 * Errors, sorted by when they happen.
 *   foreseen  -> KnownError: a code from this page, the thing concerned, and what to do about it
 *   a firewall that may answer next time -> TransientDriverError
 *   anything else is a bug: let it rise
 */

/** Every code a person or a script may meet, with the HTTP status the API gives it. */
export const ERROR_CODES = {
  'not-found': 404,
  'invalid-input': 400,
  'not-signed-in': 401,
  'not-allowed': 403,
  'account-of-provider': 409,
  'account-disabled': 403,
  'password-login-off': 403,
  'provider-unreachable': 502,
  'provider-refused': 403,
  'no-role': 403,
  'sign-in-stale': 400,
  'second-factor-needed': 401,
  'wrong-code': 401,
  'wrong-password': 403,
  'second-factor-set': 409,
  'last-admin': 409,
  'setup-needed': 403,
  'setup-token-invalid': 403,
  'already-set-up': 409,
  'too-many-attempts': 429,
  'too-many-streams': 429,
  'too-many-requests': 429,
  'idempotency-key-reused': 422,
  'request-under-way': 409,
  'not-revertible': 409,
  'answer-not-kept': 409,
  'host-not-allowed': 421,
  'body-not-json': 415,
  'body-too-large': 413,
  'denial-already-decided': 409,
  'client-in-two-groups': 409,
  'name-taken': 409,
  'managed-by-file': 409,
  'enforce-needs-firewall': 409,
  'firewall-unreachable': 502,
  'firewall-refused-key': 502,
  'firewall-privilege-missing': 502,
  'firewall-alias-missing': 502,
  'certificate-untrusted': 502,
  'firewall-misconfigured': 502,
  'plan-not-held': 409,
  'reproduce-running': 409,
  'address-never-opened': 409,
  'of-plex-direct': 409,
  'feed-not-held': 409,
  'feed-refused': 502,
  'backup-exists': 409,
  'backup-unreadable': 400,
  'backup-not-restored': 409,
  'storage-full': 507,
  'database-not-usable': 503,
  'not-ready': 503,
  'page-not-built': 503,
  'data-directory-in-use': 500,
  'data-directory-not-writable': 500,
  'database-newer': 500,
  'database-damaged': 500,
  'config-invalid': 500,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export class KnownError extends Error {
  override readonly name = 'KnownError';
  readonly code: ErrorCode;
  /** What the reader can do about it, as a whole sentence or a command. */
  readonly hint: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The firewall did not do it this time; the next run may succeed. */
export class TransientDriverError extends Error {
  override readonly name = 'TransientDriverError';
  /** Milliseconds the firewall asked us to wait (Retry-After), when it did. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status of its answer, where there was one. */
  readonly status: number | undefined;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number; readonly status?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/** One line for a log or a status: the message, what to do about it, and the messages it was caused by. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let e: unknown = error, depth = 0; e !== undefined && depth < 4; depth++) {
    const text = e instanceof Error ? e.message || e.name : String(e);
    if (!parts.includes(text)) parts.push(text);
    if (e instanceof KnownError && e.hint !== undefined) parts.push(e.hint);
    e = e instanceof Error ? e.cause : undefined;
  }
  return parts.join(': ');
}
