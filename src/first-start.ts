/** The first task of the control thread: what it loads for that it needs all its life. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import type { AppConfig } from './app-config.ts';
import { KnownError } from './base/errors.ts';
import type { Config } from './config/schema/sections.ts';
import type { FirstStart, ToFirst, WorkerStart } from './plane/supervision.ts';
import type { FromFirst } from './start.ts';
import { prepare } from './start-up.ts';

/** What the thread goes on with; `config` is the configuration with its secrets, which no other thread is given. */
export interface Started {
  readonly start: WorkerStart<AppConfig>;
  readonly config: Config;
}

/** Resolves when somebody listens to the thread; undefined: this start was refused, and the thread is ended. */
export async function firstStart({ plane, clockOrigin, argv }: FirstStart): Promise<Started | undefined> {
  const parent = parentPort;
  if (parent === null) throw new Error('a start is prepared in a worker thread: see src/start.ts');
  const post = (message: FromFirst) => parent.postMessage(message);
  const told = async (word: ToFirst) => {
    const [message]: unknown[] = await once(parent, 'message');
    if (message !== word) throw new Error(`told ${String(message)} in place of ${word}`);
  };
  /** The lock is taken by the thread that stays. */
  const takeDirectory = (dataDir: string) => {
    post({ kind: 'directory', dataDir });
    return told('locked');
  };

  try {
    const { prepared, config } = await prepare(process.env, argv, takeDirectory);
    const go = told('go');
    post({ kind: 'prepared', prepared });
    await go;
    return { start: { plane, clockOrigin, ...prepared }, config };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    const { code, message, hint } = error;
    post({ kind: 'refused', code, message, hint });
    return undefined;
  }
}
