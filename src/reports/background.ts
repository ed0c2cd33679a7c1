import type { Refused } from '../store/querylog/refused.ts';

/**
 * Whether a refusal is one of those that come all day, and says nothing of what was just done. Pure.
 *
 *   hours of the day before in which it was refused   times since, against a usual hour
 *   fewer than 4                                      any               no: it may well be this
 *   4 or more                                         at most twice     yes
 *   4 or more                                         more              no: something asks for it harder than ever
 */
export function isBackground(
  since: Pick<Refused, 'count'>,
  before: Pick<Refused, 'count' | 'hours'> | undefined,
  windowMs: number,
): boolean {
  if (before === undefined || before.hours < REGULAR_HOURS) return false;
  const usualHour = before.count / before.hours;
  const hoursBegun = Math.max(1, Math.ceil(windowMs / HOUR_MS));
  return since.count <= AS_USUAL * usualHour * hoursBegun;
}

/** Of the day before: whoever tried the failing thing again and again did so for an hour or two. */
const REGULAR_HOURS = 4;
/** Times a usual hour. */
const AS_USUAL = 2;
const HOUR_MS = 3_600_000;
