/** Which thread goes first where there are fewer processors than threads with work. */
import { constants, getPriority, setPriority } from 'node:os';
import type { PlaneName } from './supervision.ts';

/**
 * How far each thread gives way, as in nice(1). With five, Linux lets a thread that wakes up go before one that runs; with none the
 * answer waited for the rest of a time slice, some milliseconds. It also divides a processor on which all of them have work: 69 % for
 * answers, 23 for leases, firewalls and the API, 7 for reports, 1 for the log.
 */
export const NICENESS: Readonly<Record<PlaneName, number>> = { data: 0, control: 5, query: 10, log: 19 };

/**
 * For the calling thread: on Linux a priority is a thread's (setpriority(2), "C library/kernel differences"); elsewhere it would be
 * the whole process's. What the process was started with is counted from: only root may go below it.
 */
export function giveWay(plane: PlaneName): void {
  if (process.platform !== 'linux' || NICENESS[plane] === 0) return;
  setPriority(0, Math.min(getPriority(0) + NICENESS[plane], constants.priority.PRIORITY_LOW));
}
