/**
 * Forward-only migrations: numbered SQL files, applied in order, each in a transaction, never changed afterwards.
 *
 *   files 0001..n ─┐
 *                  ├─ same checksums? ─ newer than us? ─ backup ─ apply what is missing
 *   applied 1..m ──┘
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { makeBackup, restoreHint } from './backup.ts';
import type { Database } from './sqlite.ts';

export interface MigrateOptions {
  /** sallyport or querylog: the file is <name>.db, its migrations are in migrations/<folder>. */
  readonly name: string;
  readonly dataDir: string;
  readonly migrations: readonly Migration[];
  readonly appVersion: string;
  readonly log: Log;
}

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Brings the database to the newest version; returns how many migrations were applied. */
export function migrate(file: Database, options: MigrateOptions): number {
  const { migrations, name, dataDir, log, appVersion } = options;
  refuseForeignFile(file, name);
  file.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version     INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    checksum    TEXT NOT NULL,
    applied_at  INTEGER NOT NULL,
    app_version TEXT NOT NULL
  ) STRICT`);
  const applied = file
    .prepare<[], AppliedMigration>(
      'SELECT version, name, checksum, app_version FROM schema_migrations ORDER BY version',
    )
    .all();
  refuseNewer(applied, options);
  refuseChanged(applied, migrations);

  const missing = migrations.slice(applied.length);
  const [next] = missing;
  if (next === undefined) return 0;
  if (applied.length > 0) {
    const backup = makeBackup(file, { dataDir, name, version: next.version });
    log.info({ backup }, `Backup of ${name}.db before migration ${next.version}`);
  }
  for (const migration of missing) {
    apply(file, migration, appVersion);
    log.info(`Migrated ${name}.db to ${migration.version} (${migration.name})`);
  }
  return missing.length;
}

/** Reads migrations/<folder>/NNNN_name.sql; throws when a number is missing or doubled. */
export function readMigrations(folder: string): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((f) => f.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
    if (match === null || Number(match[1]) !== index + 1) {
      throw new Error(
        `Migrations are numbered from 0001 without gaps: ${join(folder, file)} is at place ${index + 1}`,
      );
    }
    const sql = readFileSync(join(folder, file), 'utf8');
    return {
      version: index + 1,
      name: match[2] ?? '',
      sql,
      checksum: createHash('sha256').update(sql).digest('hex'),
    };
  });
}

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly app_version: string;
}

function apply(file: Database, migration: Migration, appVersion: string): void {
  // Rebuilding a table needs this off, and it cannot be switched inside a transaction; checked as a whole before the commit.
  file.pragma('foreign_keys = OFF');
  try {
    file
      .transaction(() => {
        file.exec(migration.sql);
        const broken = file.pragma('foreign_key_check') as unknown[];
        if (broken.length > 0) {
          throw new Error(
            `Migration ${migration.version} (${migration.name}) breaks ${broken.length} references`,
          );
        }
        file
          .prepare(
            'INSERT INTO schema_migrations (version, name, checksum, applied_at, app_version) VALUES (?, ?, ?, ?, ?)',
          )
          .run(migration.version, migration.name, migration.checksum, Date.now(), appVersion);
      })
      .immediate();
  } finally {
    file.pragma('foreign_keys = ON');
  }
}

function refuseForeignFile(file: Database, name: string): void {
  const tables = file
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all();
  if (tables.length > 0 && !tables.some((t) => t.name === 'schema_migrations')) {
    throw new KnownError('database-damaged', `${file.name} is a database, but not one of Sallyport's`, {
      hint: `Move it aside and start again; a new ${name}.db is made.`,
    });
  }
}

function refuseNewer(applied: readonly AppliedMigration[], options: MigrateOptions): void {
  const newest = applied.at(-1);
  const ours = options.migrations.length;
  if (newest === undefined || newest.version <= ours) return;
  throw new KnownError(
    'database-newer',
    `${join(options.dataDir, options.name)}.db was written by Sallyport ${newest.app_version} (schema ${newest.version}); this is ${options.appVersion} (schema ${ours})`,
    { hint: restoreHint({ ...options, newestVersion: ours, newerApp: newest.app_version }) },
  );
}

function refuseChanged(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const [index, was] of applied.entries()) {
    const is = migrations[index];
    if (is !== undefined && was.version === is.version && was.checksum === is.checksum) continue;
    throw new Error(
      `Migration ${was.version} (${was.name}) was changed after it was applied: a migration is never edited, a new one is added`,
    );
  }
}
