/**
 * What comes before the house: the control thread reads the configuration and makes the files ready, this one holds the lock.
 *
 *   control thread ──directory──▶ supervisor: locks it ──▶ control thread ──prepared | refused──▶ supervisor ──go──▶ control thread
 */
import type { Worker } from 'node:worker_threads';
import { type ClockOrigin, clockOrigin } from './base/clock.ts';
import { type ErrorCode, KnownError } from './base/errors.ts';
import type { ToFirst } from './plane/supervision.ts';
import type { Prepared } from './start-up.ts';
import { type DataDirectoryLock, lockDataDirectory } from './store/data-directory.ts';
import { type Entries, spawnThread } from './threads.ts';

export type FromFirst =
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
  readonly clockOrigin: ClockOrigin;
  /** The thread that prepared it all, and goes on as the control plane when it is told to. */
  readonly control: Worker;
}

/** Every problem of a start is one KnownError; see exitCodeOf. */
export async function start(argv: readonly string[], entries: Entries = {}): Promise<Start> {
  const origin = clockOrigin();
  const control = spawnThread({ plane: 'control', clockOrigin: origin, argv }, entries);
  let lock: DataDirectoryLock | undefined;
  try {
    const prepared = await new Promise<Prepared>((resolve, reject) => {
      control.once('error', reject);
      control.once('exit', (code) => reject(new Error(`the control thread ended with ${code}`)));
      const listen = (message: FromFirst) => {
        try {
          if (message.kind === 'directory') {
            lock = lockDataDirectory(message.dataDir);
            const locked: ToFirst = 'locked';
            control.postMessage(locked);
            return;
          }
          control.off('message', listen);
          if (message.kind === 'prepared') resolve(message.prepared);
          else reject(knownError(message));
        } catch (error) {
          reject(error);
        }
      };
      control.on('message', listen);
    });
    if (lock === undefined) throw new Error('prepared without the data directory');
    return { ...prepared, lock, clockOrigin: origin, control };
  } catch (error) {
    lock?.release();
    await control.terminate();
    throw error;
  }
}

function knownError({ code, message, hint }: Extract<FromFirst, { kind: 'refused' }>): KnownError {
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
  'backup-not-restored': 65,
};

export function exitCodeOf(error: KnownError): number {
  return EXIT_CODES[error.code] ?? 1;
}
