import { readFileSync } from 'node:fs';

/** Microseconds of processor a process has used so far, with all of its threads. */
export function processorUs(pid: number): number {
  // Behind the name in parentheses, which may hold spaces: utime and stime are fields 14 and 15 of proc(5), in ticks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

/** Megabytes in memory now. */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** USER_HZ is 100 on every Linux that has a user space of today. */
const US_PER_TICK = 10_000;
