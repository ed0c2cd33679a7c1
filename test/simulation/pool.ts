/** Spreads simulations over threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { MutationName } from './mutations.ts';
import type { SimulationResult } from './result.ts';
import type { StoryName } from './stories.ts';

export interface SimulationJob {
  readonly seed: number;
  readonly hours: number;
  readonly groups?: number;
  readonly faults?: readonly string[];
  readonly digest?: boolean;
  readonly mutation?: MutationName;
  readonly story?: StoryName;
}

/** Megabytes for what is made and forgotten in the same step, which is nearly everything: with few of them it is cleared all the time. */
const YOUNG_MB = 64;

/** Results in the order in which they come; `threads`: as many as the machine has processors when absent. */
export async function runSimulations(
  jobs: readonly SimulationJob[],
  {
    threads = availableParallelism(),
    onResult = () => undefined,
  }: { readonly threads?: number; readonly onResult?: (result: SimulationResult) => void } = {},
): Promise<readonly SimulationResult[]> {
  const results: SimulationResult[] = [];
  const waiting = jobs.values();
  // Each takes the next when it is done, so that none is idle while another has some left.
  const live = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      const handOut = () => worker.postMessage(waiting.next().value);
      worker.on('message', (result: SimulationResult) => {
        results.push(result);
        onResult(result);
        handOut();
      });
      worker.once('error', reject);
      worker.once('exit', () => resolve());
      handOut();
    });
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, live));
  if (results.length !== jobs.length)
    throw new Error(`${jobs.length - results.length} of ${jobs.length} simulations ended without a result`);
  return results;
}
