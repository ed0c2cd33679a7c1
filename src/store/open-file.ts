/** Opens a database file, and migrates it where it is older than we are. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { newestBackup } from './backup.ts';
import { makeOwnFile, prepareDataDirectory } from './data-directory.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { createSqlFile, type SqlFile } from './sql-file.ts';
import { type Database, openSqlite } from './sqlite.ts';
import { explain } from './sqlite-failure.ts';

export interface OpenOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly appVersion: string;
}

export interface MigratedFileOptions extends OpenOptions {
  readonly name: string;
  readonly migrations: readonly Migration[];
}

/** For the log's one writer, whose few statements are written by hand. */
export function openQueryLogToWrite(options: OpenOptions): SqlFile {
  const { file, path } = openFile({ ...options, ...QUERY_LOG });
  return createSqlFile(file, path);
}

export function openFile(options: MigratedFileOptions): { readonly file: Database; readonly path: string } {
  const { dataDir, name, migrations } = options;
  prepareDataDirectory(dataDir);
  const path = join(dataDir, `${name}.db`);
  makeOwnFile(path, dataDir);
  let file: Database | undefined;
  try {
    file = openSqlite(path);
    migrate(file, options);
    return { file, path };
  } catch (error) {
    file?.close();
    throw withRemedy(explain(error, path), { dataDir, name, path, newestVersion: migrations.length });
  }
}

export const QUERY_LOG: Pick<MigratedFileOptions, 'name' | 'migrations'> = {
  name: 'querylog',
  get migrations() {
    return migrationsOf('querylog');
  },
};

export function migrationsOf(name: 'main' | 'querylog'): readonly Migration[] {
  return readMigrations(fileURLToPath(new URL(`../../migrations/${name}`, import.meta.url)));
}

/** The newest schema this version reads. */
export function newestSchema(name: 'main' | 'querylog'): number {
  return migrationsOf(name).length;
}

interface Damaged {
  readonly dataDir: string;
  readonly name: string;
  readonly path: string;
  readonly newestVersion: number;
}

function withRemedy(error: unknown, { dataDir, name, path, newestVersion }: Damaged): unknown {
  if (!(error instanceof KnownError) || error.code !== 'database-damaged' || error.cause === undefined)
    return error;
  const aside = `mv ${path} ${path}.damaged && rm -f ${path}-wal ${path}-shm`;
  const backup = newestBackup(dataDir, name, newestVersion);
  const without =
    name === 'sallyport'
      ? 'without it, Sallyport starts empty and adopts what the firewall holds'
      : 'without it, a new query log is begun';
  const hint =
    backup === undefined
      ? `${aside} (${without})`
      : `${aside} && cp ${backup} ${path} (the newest backup; ${without})`;
  return new KnownError('database-damaged', error.message, { hint, cause: error.cause });
}
