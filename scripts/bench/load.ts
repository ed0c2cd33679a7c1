import type { Cores } from './cores.ts';

/** One thing that is measured. It starts what it needs, takes its rounds, and tells what came out. */
export interface Load {
  readonly name: string;
  /** For --help: what is asked of whom. */
  readonly about: string;
  /** Programs on PATH; 'root' for what only the superuser may do. */
  readonly needs: readonly string[];
  measure(bench: Bench): Promise<LoadResult>;
}

export interface Bench {
  readonly cores: Cores;
  readonly signal: AbortSignal;
  readonly rounds: number;
  /** Of each timed run. */
  readonly seconds: number;
  /** Rows of the query log, for the load that searches it. */
  readonly logRows: number;
  progress(line: string): void;
}

export interface LoadResult {
  readonly load: string;
  readonly targets: readonly Target[];
  /** Markdown below the heading of the load. */
  readonly section: string;
}

export interface Target {
  /** Stable: causes.ts explains by it why a target is missed. */
  readonly id: string;
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}
