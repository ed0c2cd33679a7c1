import { parsePastPeriod } from '../../actions/period.ts';
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
