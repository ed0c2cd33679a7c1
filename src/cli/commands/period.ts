import { parseDuration } from '../../actions/duration.ts';
import { type Period, parsePastPeriod, parsePeriod } from '../../actions/period.ts';
import { KnownError } from '../../base/errors.ts';
import { UsageError } from '../command.ts';

/** A moment as a person at this terminal means it, in this terminal's zone, for an API that may run in another one. */
export function momentOption(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { from, until } = parsePastPeriod(text, now);
    const first = new Date(from).toISOString();
    return from === until ? first : `${first}/${new Date(until).toISOString()}`;
  } catch (error) {
    if (error instanceof KnownError) throw new UsageError(`${error.message}. ${error.hint}`);
    throw error;
  }
}

/** When something shall end, for the API: a day runs to its end in UTC, as in the file; a moment without a zone is this terminal's. */
export function endOption(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const written = text.trim();
  const period = written.includes('/') || written.endsWith('ago') ? undefined : readEnd(written, now);
  if (period === undefined) {
    throw new UsageError(
      `not an end: ${JSON.stringify(text)}. Write 2026-12-31 (until its end, UTC), "3 December 2026", "2026-12-31 18:00", 2026-12-31T18:00Z, 2h or 3d.`,
    );
  }
  const { from, until } = period;
  return from === until ? new Date(from).toISOString() : dayText(new Date(from));
}

function readEnd(text: string, now: number): Period | undefined {
  try {
    if (!/^\d+[smhd]$/.test(text)) return parsePeriod(text, now);
    const until = now + parseDuration(text);
    return { from: until, until };
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}

function dayText(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
