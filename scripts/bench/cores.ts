import { readFileSync } from 'node:fs';

/** Where each part of a measurement runs; on a machine with one core they share it, and the page says so. */
export interface Cores {
  readonly server: number;
  readonly generator: number;
  readonly upstream: number;
  /** True when the server has its core to itself. */
  readonly apart: boolean;
}

export function chooseCores(allowed: readonly number[] = allowedCores()): Cores {
  const server = allowed[0] ?? 0;
  const generator = allowed[1] ?? server;
  return { server, generator, upstream: allowed[2] ?? generator, apart: generator !== server };
}

/** A program and its arguments, held on one core with all of its threads (taskset(1) replaces itself by it). */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return ['taskset', '-c', String(core), ...command];
}

/** '0-3,6' as proc(5) writes it. */
export function readCoreList(text: string): readonly number[] {
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function allowedCores(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return readCoreList(list ?? '0');
}
