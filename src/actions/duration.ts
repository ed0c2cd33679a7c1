import { KnownError } from '../base/errors.ts';

/**
 * Milliseconds in '90s', '15m', '1h', '24h' or '7d'.
 * At most a year: what should last longer is meant to last until somebody changes it, and says so.
 */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})(s|m|h|d)$/.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  if (ms <= 0 || ms > MAX_DURATION_MS) {
    throw new KnownError('invalid-input', `not a duration: ${JSON.stringify(text)}`, {
      hint: 'Write a number and s, m, h or d, for example 15m or 24h; at most 365d.',
    });
  }
  return ms;
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_DURATION_MS = 365 * UNIT_MS.d;
