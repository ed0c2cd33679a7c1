import { schedule as cronSchedule, validate } from 'node-cron';

export interface Schedule {
  nextRunAt(): number | undefined;
  stop(): void;
}

export function isCronExpression(text: string): boolean {
  return validate(text);
}

/** Calls `run` on a cron expression (five fields, or six with seconds). Throws RangeError that quotes a bad expression. */
export function startSchedule(expression: string, run: () => void): Schedule {
  if (!isCronExpression(expression))
    throw new RangeError(`not a cron expression: ${JSON.stringify(expression)}`);
  const task = cronSchedule(expression, run, { noOverlap: true });
  return {
    nextRunAt: () => task.getNextRun()?.getTime(),
    stop() {
      void task.destroy();
    },
  };
}
