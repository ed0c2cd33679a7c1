import type { QueryPort } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import { describeError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** Looked at every hour, so that a machine that sleeps at night makes its copy when it wakes. */
const LOOK_EVERY_MS = 60 * 60_000;
/** Hour of the day, local time: most houses sleep. */
const FROM_HOUR = 3;

export interface NightlyBackups {
  /** A whole sentence while the last one could not be made. */
  problem(): string | undefined;
  close(): void;
}

/** One copy of the main database each night. What it costs is paid in the query thread. */
export function startNightlyBackups(
  queries: Pick<QueryPort, 'nightlyBackup'>,
  clock: Clock,
  log: Log,
): NightlyBackups {
  let done: string | undefined;
  let problem: string | undefined;

  const look = async () => {
    const now = new Date(clock.now());
    const day = localDay(now);
    if (day === done || now.getHours() < FROM_HOUR) return;
    try {
      const backup = await queries.nightlyBackup({ day });
      done = day;
      problem = undefined;
      log.info({ backup }, 'the database was backed up');
    } catch (error) {
      const why = describeError(error);
      problem = `Last night's backup of the database could not be made: ${why}. It is tried again every hour.`;
      log.error({ why }, 'the database was not backed up');
    }
  };
  const next = () => {
    cancel = clock.after(LOOK_EVERY_MS, next);
    void look();
  };
  let cancel = clock.after(LOOK_EVERY_MS, next);

  return { problem: () => problem, close: () => cancel() };
}

function localDay(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
