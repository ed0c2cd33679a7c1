/** What a simulation is asked, and what comes of it. */
import type { Stage } from './faults.ts';
import type { Mutation } from './mutations.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly hours: number;
  /** Client groups of the house; all of them when absent. */
  readonly groups?: number;
  /** Kinds of faults; all of them when absent. */
  readonly faults?: readonly string[];
  readonly mutation?: Mutation;
  /** Keep a digest of everything that happens. */
  readonly digest?: boolean;
  /** What failed without anybody waiting for it, as the thread has seen it. */
  readonly stray?: () => unknown;
  /** Called when everything has started, for a story of its own. */
  readonly story?: (stage: Stage) => void;
}

export interface BrokenPromise {
  /** P1 to P5, or 'bug': something failed in a way that nobody foresaw. */
  readonly promise: string;
  readonly detail: string;
  readonly seed: number;
  readonly step: number;
  /** Simulated time since the start. */
  readonly at: string;
  readonly events: readonly string[];
}

export interface SimulationResult {
  /** What was broken on purpose. */
  readonly mutation?: string;
  readonly seed: number;
  readonly groups: number;
  readonly hours: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly broken: BrokenPromise | undefined;
  readonly digest: string | undefined;
}
