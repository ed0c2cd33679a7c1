/** Runs simulations one after the other in a thread of its own, where a crashed plane's last promises disturb nobody. */
import { parentPort } from 'node:worker_threads';
import { Crash } from './life.ts';
import { mutationOf } from './mutations.ts';
import type { SimulationJob } from './pool.ts';
import { simulate } from './simulate.ts';
import { storyOf } from './stories.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a thread of pool.ts');

// What a crashed plane still waited for fails without anybody listening; the thread of a real one would be gone.
let stray: unknown;
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Crash)) stray ??= error;
});

const live = async ({ mutation, story, ...options }: SimulationJob): Promise<void> => {
  const result = await simulate({
    ...options,
    ...(mutation === undefined ? {} : { mutation: mutationOf(mutation) }),
    ...(story === undefined ? {} : { story: storyOf(story) }),
    stray: () => stray,
  });
  stray = undefined;
  port.postMessage({ ...result, ...(mutation === undefined ? {} : { mutation }) });
};

/** Undefined: there are no more. */
port.on('message', (job: SimulationJob | undefined) => {
  if (job === undefined) return port.close();
  live(job).catch((error: unknown) => {
    // A simulation that cannot go on ends the thread, where a rejection nobody took would be a stray one.
    queueMicrotask(() => {
      throw error;
    });
  });
});
