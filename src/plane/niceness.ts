/** Which thread goes first where there are fewer processors than threads with work. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import type { PlaneName } from './supervision.ts';

/**
 * How far each thread gives way, as in nice(1): so far that Linux lets an answer go before whatever runs, in place of letting it
 * wait for the rest of a time slice. It also divides a processor on which all of them have work: 86 % for answers, 9 for leases,
 * firewalls and the API, 3 for reports, 1 for the log.
 */
export const NICENESS: Readonly<Record<PlaneName, number>> = { data: 0, control: 10, query: 15, log: 19 };

/** For the calling thread: on Linux a priority is a thread's (setpriority(2), "C library/kernel differences"). */
export function giveWay(plane: PlaneName): void {
  lower(0, NICENESS[plane]);
}

/** For the threads in which V8 compiles and collects garbage for all others; called once, when they are there and no worker is yet. */
export function helpersGiveWay(): void {
  if (!existsSync(TASKS)) return;
  for (const id of readdirSync(TASKS)) {
    if (readFileSync(`${TASKS}/${id}/comm`, 'utf8').trimEnd() === V8_HELPER)
      lower(Number(id), NICENESS.control);
  }
}

/** Counted from what the process was started with: only root may go below that. */
function lower(thread: number, by: number): void {
  // Elsewhere a priority is the whole process's.
  if (process.platform !== 'linux' || by === 0) return;
  setPriority(thread, Math.min(getPriority(thread) + by, constants.priority.PRIORITY_LOW));
}

const TASKS = '/proc/self/task';
/** As Node names them. */
const V8_HELPER = 'node-V8Worker';
