/**
 * What comes before the house: a thread reads the configuration and makes the files ready, this one holds the lock.
 *
 *   start thread ──directory──▶ supervisor: locks it ──▶ start thread ──prepared | refused──▶ supervisor
 */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, KnownError } from './base/errors.ts';
import type { Prepared } from './start-up.ts';
import { type DataDirectoryLock, lockDataDirectory } from './store/data-directory.ts';

export type FromStartThread =
  | { readonly kind: 'directory'; readonly dataDir: string }
  | { readonly kind: 'prepared'; readonly prepared: Prepared }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

export interface Start extends Prepared {
  readonly lock: DataDirectoryLock;
}

/** Every problem of a start is one KnownError; see exitCodeOf. */
export async function start(argv: readonly string[]): Promise<Start> {
  const thread = new Worker(new URL('./start-thread.ts', import.meta.url), {
    workerData: argv,
    name: 'start',
  });
  let lock: DataDirectoryLock | undefined;
  try {
    const prepared = await new Promise<Prepared>((resolve, reject) => {
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the start thread ended with ${code}`)));
      thread.on('message', (message: FromStartThread) => {
        try {
          if (message.kind === 'prepared') resolve(message.prepared);
          else if (message.kind === 'refused') reject(knownError(message));
          else {
            lock = lockDataDirectory(message.dataDir);
            thread.postMessage('locked');
          }
        } catch (error) {
          reject(error);
        }
      });
    });
    if (lock === undefined) throw new Error('prepared without the data directory');
    return { ...prepared, lock };
  } catch (error) {
    lock?.release();
    throw error;
  } finally {
    await thread.terminate();
  }
}

function knownError({ code, message, hint }: Extract<FromStartThread, { kind: 'refused' }>): KnownError {
  return new KnownError(code, message, hint === undefined ? {} : { hint });
}

/** As in sysexits.h, so that a unit file can tell a mistake in the configuration from a directory in use. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  'config-invalid': 78,
  'data-directory-in-use': 75,
  'data-directory-not-writable': 73,
  'storage-full': 74,
  'database-not-usable': 74,
  'database-newer': 65,
  'database-damaged': 65,
};

export function exitCodeOf(error: KnownError): number {
  return EXIT_CODES[error.code] ?? 1;
}
