import { KnownError } from '../base/errors.ts';
import { SqliteError } from './sqlite.ts';

/** Turns what an owner can do something about into a KnownError; everything else stays as it is. */
export function explain(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteError)) return error;
  const kind = KINDS.find(([prefix]) => error.code.startsWith(prefix));
  return kind === undefined ? error : kind[1](path, error);
}

/** Does work on that file: what it throws is explained. */
export function explaining(path: string): <T>(work: () => T) => T {
  return (work) => {
    try {
      return work();
    } catch (error) {
      throw explain(error, path);
    }
  };
}

const KINDS: readonly (readonly [string, (path: string, cause: SqliteError) => KnownError])[] = [
  ['SQLITE_FULL', storageFull],
  // What ENOSPC becomes where SQLite grows its shared-memory file.
  ['SQLITE_IOERR_SHMSIZE', storageFull],
  ['SQLITE_CORRUPT', damaged],
  ['SQLITE_NOTADB', damaged],
  [
    'SQLITE_BUSY',
    unusable('is locked by another program', 'Close what holds it open, such as a database browser'),
  ],
  ['SQLITE_READONLY', unusable('may not be written', 'Make the file and its disk writable again')],
  [
    'SQLITE_IOERR',
    unusable('cannot be read or written', 'Look at the disk: the system log says what is wrong'),
  ],
];

function storageFull(path: string, cause: SqliteError): KnownError {
  return new KnownError('storage-full', `No space left to write ${path}`, {
    hint: `Free space on the disk that holds ${path}; Sallyport goes on by itself.`,
    cause,
  });
}

function damaged(path: string, cause: SqliteError): KnownError {
  return new KnownError('database-damaged', `The database is damaged: ${path}`, {
    hint: `Stop Sallyport, move ${path} aside (keep it), and start again: the start names the newest backup, if there is one.`,
    cause,
  });
}

function unusable(what: string, remedy: string) {
  return (path: string, cause: SqliteError) =>
    new KnownError('database-not-usable', `The database ${what}: ${path}`, {
      hint: `${remedy}; Sallyport goes on by itself.`,
      cause,
    });
}
