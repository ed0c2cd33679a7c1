/** Runs simulations one after the other in a thread of its own, where a crashed plane's last promises disturb nobody. */
import { parentPort, workerData } from 'node:worker_threads';
import { Crash } from './life.ts';
import { mutationOf } from './mutations.ts';
import type { SimulationJob } from './pool.ts';
import { simulate } from './simulate.ts';
import { storyOf } from './stories.ts';

const { jobs } = workerData as { readonly jobs: readonly SimulationJob[] };

// What a crashed plane still waited for fails without anybody listening; the thread of a real one would be gone.
let stray: unknown;
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Crash)) stray ??= error;
});

for (const job of jobs) {
  const { mutation, story, ...options } = job;
  const result = await simulate({
    ...options,
    ...(mutation === undefined ? {} : { mutation: mutationOf(mutation) }),
    ...(story === undefined ? {} : { story: storyOf(story) }),
    stray: () => stray,
  });
  stray = undefined;
  parentPort?.postMessage({ ...result, ...(mutation === undefined ? {} : { mutation }) });
}
