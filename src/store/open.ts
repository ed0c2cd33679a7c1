/** Opens the two database files; the first opening in a run migrates, readers open what is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { sealAudit } from './audit.ts';
import { createDb, type Db } from './db.ts';
import {
  type MigratedFileOptions,
  migrationsOf,
  type OpenOptions,
  openFile,
  QUERY_LOG,
} from './open-file.ts';
import { nameOf, WRITTEN_NAME } from './querylog/labels.ts';
import type { QueryLogSchema } from './querylog/schema.ts';
import type { MainSchema } from './schema.ts';
import { createSqlFile, type SqlFile } from './sql-file.ts';
import { type Database, openSqlite } from './sqlite.ts';

export type MainDb = Db<MainSchema>;
/** Read with the query builder, and written by statements of its own. */
export type QueryLogDb = Db<QueryLogSchema> & { readonly sql: SqlFile };

/** For the control plane, its one writer. The caller holds the lock of the data directory. */
export function openMainDatabase(options: OpenOptions): MainDb {
  const db = openAndMigrate<MainSchema>({
    ...options,
    name: 'sallyport',
    migrations: migrationsOf('main'),
  });
  sealAudit(db);
  return db;
}

/** With the query builder: for whoever reads it. */
export function openQueryLog(options: OpenOptions): QueryLogDb {
  const { file, path } = openFile({ ...options, ...QUERY_LOG });
  return queryLogOf(file, path);
}

/** For reports in the query thread; the writer has been opened before. */
export function openMainDatabaseToRead(dataDir: string): MainDb {
  const path = join(dataDir, 'sallyport.db');
  return createDb<MainSchema>(openToRead(path), path);
}

export function openQueryLogToRead(dataDir: string): QueryLogDb {
  const path = join(dataDir, 'querylog.db');
  return queryLogOf(openToRead(path), path);
}

export function openAndMigrate<Schema>(options: MigratedFileOptions): Db<Schema> {
  const { file, path } = openFile(options);
  return createDb<Schema>(file, path);
}

function queryLogOf(file: Database, path: string): QueryLogDb {
  file.function(WRITTEN_NAME, { deterministic: true }, (labels) => formatDomainName(nameOf(String(labels))));
  return { ...createDb<QueryLogSchema>(file, path), sql: createSqlFile(file, path) };
}

function openToRead(path: string): Database {
  if (!existsSync(path)) {
    throw new KnownError('not-ready', `${path} is not there yet`, {
      hint: 'Start Sallyport; the start makes it.',
    });
  }
  return openSqlite(path, { readonly: true });
}
