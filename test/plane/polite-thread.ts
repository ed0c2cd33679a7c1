/** A thread of the house that says how far it gives way. */
import { getPriority } from 'node:os';
import { runWorker } from '../../src/plane/worker.ts';

runWorker(({ say }) => {
  say([String(getPriority(0))]);
  return { peer() {}, stop() {} };
});
