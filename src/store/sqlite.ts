/** The one place where better-sqlite3 is loaded: it is CommonJS, so its parts are named here. */
import Sqlite from 'better-sqlite3';

export type Database = Sqlite.Database;
export type Statement<Values extends unknown[], Row> = Sqlite.Statement<Values, Row>;

export const SqliteError = Sqlite.SqliteError;
export type SqliteError = InstanceType<typeof Sqlite.SqliteError>;

export interface OpenOptions {
  readonly readonly: boolean;
}

/** Opens the file with the settings every connection of ours has. */
export function openSqlite(path: string, options: OpenOptions = { readonly: false }): Database {
  const file = new Sqlite(path, { readonly: options.readonly, fileMustExist: options.readonly });
  try {
    file.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    file.pragma('foreign_keys = ON');
    file.function(LOWER_CASE, { deterministic: true }, (text) => String(text).toLowerCase());
    if (!options.readonly) {
      file.pragma('journal_mode = WAL');
      file.pragma('synchronous = NORMAL');
      file.pragma(`journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

/** A database that somebody else wrote, in memory: nothing its schema calls is trusted. */
export function openForeign(octets: Buffer): Database {
  const file = new Sqlite(octets, { readonly: true });
  file.pragma('trusted_schema = OFF');
  file.pragma('cell_size_check = ON');
  return file;
}

/** A file that exists to be locked: plain journal, no waiting. */
export function openLockFile(path: string): Database {
  return new Sqlite(path, { timeout: 0 });
}

/** In SQL the letters of every script, as JavaScript has them: SQLite's own lower() knows those of English alone. */
export const LOWER_CASE = 'lower_case';

/** Milliseconds a statement waits for another connection's write (the query thread reads, a backup tool may lock). */
const BUSY_TIMEOUT_MS = 5000;
/** A long report keeps the write-ahead log from being reset; afterwards it shrinks to this. */
const MAX_IDLE_WAL_BYTES = 64 * 1024 * 1024;
