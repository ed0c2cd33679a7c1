import { createRequire } from 'node:module';

export interface Schedule {
  nextRunAt(): number | undefined;
  stop(): void;
}

export function isCronExpression(text: string): boolean {
  return text === EVERY_MINUTE || cron().validate(text);
}

/** Calls `run` on a cron expression (five fields, or six with seconds). Throws RangeError that quotes a bad expression. */
export function startSchedule(expression: string, run: () => void): Schedule {
  if (expression === EVERY_MINUTE) return everyMinute(run);
  if (!isCronExpression(expression))
    throw new RangeError(`not a cron expression: ${JSON.stringify(expression)}`);
  const task = cron().schedule(expression, run, { noOverlap: true });
  return {
    nextRunAt: () => task.getNextRun()?.getTime(),
    stop() {
      void task.destroy();
    },
  };
}

/** What most houses have. It is the same in all time zones, which are ten megabytes of what a cron library loads. */
const EVERY_MINUTE = '* * * * *';

const MINUTE_MS = 60_000;
/** A timer that is up a little before the full minute was for that one, not for the moment before. */
const EARLY_MS = 1000;

function everyMinute(run: () => void): Schedule {
  const nextRunAt = () => (Math.floor((Date.now() + EARLY_MS) / MINUTE_MS) + 1) * MINUTE_MS;
  let timer: NodeJS.Timeout;
  const arm = () => {
    timer = setTimeout(() => {
      arm();
      run();
    }, nextRunAt() - Date.now());
  };
  arm();
  return { nextRunAt, stop: () => clearTimeout(timer) };
}

const require = createRequire(import.meta.url);

function cron(): typeof import('node-cron') {
  return require('node-cron') as typeof import('node-cron');
}
