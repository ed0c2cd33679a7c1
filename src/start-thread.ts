/** Prepares a start, and ends: what only that needs is then gone from memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { KnownError } from './base/errors.ts';
import type { FromStartThread } from './start.ts';
import { prepare } from './start-up.ts';

const parent = parentPort;
if (parent === null) throw new Error('this file is started as a worker thread by src/start.ts');
const post = (message: FromStartThread) => parent.postMessage(message);

/** The lock is taken by the thread that stays. */
const takeDirectory = (dataDir: string): Promise<void> =>
  new Promise((resolve) => {
    parent.once('message', () => resolve());
    post({ kind: 'directory', dataDir });
  });

try {
  post({
    kind: 'prepared',
    prepared: await prepare(process.env, workerData as readonly string[], takeDirectory),
  });
} catch (error) {
  if (!(error instanceof KnownError)) throw error;
  const { code, message, hint } = error;
  post({ kind: 'refused', code, message, hint });
}
