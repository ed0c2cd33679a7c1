/** The threads of the house: whom it speaks to, how much it may keep, and how it is started. */
import { Worker } from 'node:worker_threads';
import type { FirstStart, PlaneName, WorkerStart } from './plane/supervision.ts';

export interface ThreadSpec {
  readonly name: PlaneName;
  readonly peers: readonly PlaneName[];
  /** Runs only while somebody needs it. */
  readonly onDemand: boolean;
}

/** They stop in the reverse order, so that nothing is told that nobody writes down. */
export const THREADS: readonly ThreadSpec[] = [
  { name: 'log', peers: ['data', 'control'], onDemand: false },
  { name: 'query', peers: ['control'], onDemand: true },
  { name: 'control', peers: ['data', 'query', 'log'], onDemand: false },
  { name: 'data', peers: ['control', 'log'], onDemand: false },
];

/** The program of each thread; a test puts one of its own in the place of one. */
export type Entries = Readonly<Partial<Record<PlaneName, URL>>>;

export function spawnThread<Config>(start: WorkerStart<Config> | FirstStart, entries: Entries = {}): Worker {
  const { plane } = start;
  const entry = entries[plane] ?? new URL(`./${plane}-thread.ts`, import.meta.url);
  return new Worker(entry, { workerData: start, name: plane, resourceLimits: HEAP_LIMITS[plane] });
}

/**
 * Megabytes of each thread's heap, for objects that are new and for those that stay. V8 goes by them: where a machine has
 * gigabytes to spare, it would let four heaps of garbage grow before it collects. Nearly all of a question's garbage is gone
 * with its answer: a larger young generation than this answers no more of them a second. (V8's flag for it, on the command
 * line, would overrule these.)
 */
const HEAP_LIMITS: Record<PlaneName, { maxYoungGenerationSizeMb: number; maxOldGenerationSizeMb: number }> = {
  data: { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 512 },
  control: { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 512 },
  log: { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 256 },
  query: { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 256 },
};
