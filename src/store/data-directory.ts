/** The data directory: made if missing, ours alone (0700), used by one process at a time. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { KnownError } from '../base/errors.ts';
import { type Database, openLockFile, SqliteError } from './sqlite.ts';

export interface DataDirectoryLock {
  release(): void;
}

/**
 * Takes the directory for this process, or throws data-directory-in-use naming who has it.
 *
 * The lock is SQLite's own exclusive lock on a small file, so the kernel drops it with the process:
 * nothing stays behind after kill -9, and no pid is ever compared.
 */
export function lockDataDirectory(dataDir: string): DataDirectoryLock {
  prepareDataDirectory(dataDir);
  const lockPath = join(dataDir, 'lock.db');
  const pidPath = join(dataDir, 'sallyport.pid');
  makeOwnFile(lockPath, dataDir);
  const file = openLockFile(lockPath);
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!(error instanceof SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    throw inUse(dataDir, pidPath, error);
  }
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
  held.add(file);
  return {
    release() {
      held.delete(file);
      file.close();
    },
  };
}

/** A file that nobody refers to is closed as garbage, and its lock gone with it: whoever drops the handle still has the directory. */
const held = new Set<Database>();

/** Makes the directory and shows that files can be made in it. */
export function prepareDataDirectory(dataDir: string): void {
  try {
    makeAll(resolve(dataDir));
    if ((statSync(dataDir).mode & 0o077) !== 0) chmodSync(dataDir, 0o700);
    const probe = join(dataDir, `.write-test-${process.pid}`);
    closeSync(openSync(probe, 'w', 0o600));
    rmSync(probe);
  } catch (error) {
    throw notWritable(dataDir, error);
  }
}

/** Step by step: asked for all of it at once, Node 26 never comes back from a file system that says ENOENT to a new name, as /proc does. */
function makeAll(directory: string): void {
  if (existsSync(directory)) return;
  makeAll(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** SQLite makes files readable by all under the usual umask; ours are made beforehand, and -wal and -shm follow them. */
export function makeOwnFile(path: string, dataDir: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  } catch (error) {
    throw notWritable(dataDir, error);
  }
}

function inUse(dataDir: string, pidPath: string, cause: unknown): KnownError {
  const pid = readPid(pidPath);
  const who = pid === undefined ? 'another Sallyport' : `another Sallyport (pid ${pid})`;
  return new KnownError(
    'data-directory-in-use',
    `The data directory ${resolve(dataDir)} is in use by ${who}`,
    {
      hint: `Stop ${pid === undefined ? 'it' : `process ${pid}`}, or give this one a directory of its own: SALLYPORT_DATA_DIR=<directory>.`,
      cause,
    },
  );
}

function notWritable(dataDir: string, cause: unknown): KnownError {
  const path = resolve(dataDir);
  const uid = process.getuid?.() ?? 'unknown';
  const gid = process.getgid?.() ?? uid;
  return new KnownError(
    'data-directory-not-writable',
    `The data directory is not writable: ${path} (uid ${uid})`,
    {
      hint: `sudo mkdir -p ${path} && sudo chown -R ${uid}:${gid} ${path}`,
      cause,
    },
  );
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined; // the holder is between taking the lock and writing its pid
  }
}
