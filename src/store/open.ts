/** Opens the two database files; the first opening in a run migrates, readers open what is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { sealAudit } from './audit.ts';
import { newestBackup } from './backup.ts';
import { makeOwnFile, prepareDataDirectory } from './data-directory.ts';
import { createDb, type Db, explain } from './db.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import type { QueryLogSchema } from './querylog/schema.ts';
import type { MainSchema } from './schema.ts';
import { type Database, openSqlite } from './sqlite.ts';

export interface OpenOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly appVersion: string;
}

export type MainDb = Db<MainSchema>;
export type QueryLogDb = Db<QueryLogSchema>;

/** For the control plane, its one writer. The caller holds the lock of the data directory. */
export function openMainDatabase(options: OpenOptions): MainDb {
  const db = openAndMigrate<MainSchema>({
    ...options,
    name: 'sallyport',
    migrations: readMigrations(folder('main')),
  });
  sealAudit(db);
  return db;
}

/** For the log's one writer. */
export function openQueryLog(options: OpenOptions): QueryLogDb {
  return openAndMigrate<QueryLogSchema>({
    ...options,
    name: 'querylog',
    migrations: readMigrations(folder('querylog')),
  });
}

/** For reports in the query thread; the writer has been opened before. */
export function openMainDatabaseToRead(dataDir: string): MainDb {
  return openToRead<MainSchema>(join(dataDir, 'sallyport.db'));
}

export function openQueryLogToRead(dataDir: string): QueryLogDb {
  return openToRead<QueryLogSchema>(join(dataDir, 'querylog.db'));
}

export interface MigratedFileOptions extends OpenOptions {
  readonly name: string;
  readonly migrations: readonly Migration[];
}

export function openAndMigrate<Schema>(options: MigratedFileOptions): Db<Schema> {
  const { dataDir, name, migrations } = options;
  prepareDataDirectory(dataDir);
  const path = join(dataDir, `${name}.db`);
  makeOwnFile(path, dataDir);
  let file: Database | undefined;
  try {
    file = openSqlite(path);
    migrate(file, options);
    return createDb<Schema>(file, path);
  } catch (error) {
    file?.close();
    throw withRemedy(explain(error, path), { dataDir, name, path, newestVersion: migrations.length });
  }
}

function openToRead<Schema>(path: string): Db<Schema> {
  if (!existsSync(path)) {
    throw new KnownError('not-ready', `${path} is not there yet`, {
      hint: 'Start Sallyport; the start makes it.',
    });
  }
  return createDb<Schema>(openSqlite(path, { readonly: true }), path);
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

function folder(name: 'main' | 'querylog'): string {
  return fileURLToPath(new URL(`../../migrations/${name}`, import.meta.url));
}
