/**
 * Copies of a database in data/backups, restored with cp:
 *
 *   pre-0008-sallyport.db                  before migration 8: holds schema 7
 *   nightly-2026-11-22-0008-sallyport.db   of each night, the last seven: holds schema 8
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeOwnFile } from './data-directory.ts';
import { type Database, openSqlite } from './sqlite.ts';
import { explain } from './sqlite-failure.ts';

export interface BackupOptions {
  readonly dataDir: string;
  readonly name: string;
  /** The migration about to be applied. */
  readonly version: number;
}

/** Returns the path of the finished copy; a copy interrupted half-way never has that name. */
export function makeBackup(file: Database, { dataDir, name, version }: BackupOptions): string {
  const folder = join(dataDir, 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `pre-${digits(version)}-${name}.db`);
  copyTo(path, file, dataDir);
  return path;
}

/** A copy of the main database as it is now, unless there is one of this night. Returns its path. */
export function backUpMainDatabase(dataDir: string, day: string): string {
  const source = join(dataDir, 'sallyport.db');
  try {
    const file = openSqlite(source, { readonly: true });
    try {
      return copyOfNight(file, dataDir, day);
    } finally {
      file.close();
    }
  } catch (error) {
    throw explain(error, source);
  }
}

function copyOfNight(file: Database, dataDir: string, day: string): string {
  const folder = join(dataDir, 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const row = file
    .prepare<[], { version: number }>('SELECT max(version) AS version FROM schema_migrations')
    .get();
  const path = join(folder, `nightly-${day}-${digits(row?.version ?? 0)}-sallyport.db`);
  if (!existsSync(path)) copyTo(path, file, dataDir);
  const nights = readdirSync(folder)
    .filter((one) => NIGHTLY.test(one))
    .sort();
  for (const old of nights.slice(0, -NIGHTS_KEPT)) rmSync(join(folder, old));
  return path;
}

/** A copy that is interrupted never has the name. */
function copyTo(path: string, file: Database, dataDir: string): void {
  const unfinished = `${path}.part`;
  rmSync(unfinished, { force: true });
  makeOwnFile(unfinished, dataDir);
  try {
    file.prepare('VACUUM INTO ?').run(unfinished);
  } catch (error) {
    // Half a copy on a full disk is what fills it.
    rmSync(unfinished, { force: true });
    throw error;
  }
  chmodSync(unfinished, 0o600);
  if (existsSync(path)) renameSync(path, earlier(path));
  renameSync(unfinished, path);
}

function digits(version: number): string {
  return String(version).padStart(4, '0');
}

export interface RestoreOptions {
  readonly dataDir: string;
  readonly name: string;
  /** The newest schema this code can read. */
  readonly newestVersion: number;
  readonly newerApp: string;
}

/** The command that brings back the newest backup this version can read, or what to do without one. */
export function restoreHint({ dataDir, name, newestVersion, newerApp }: RestoreOptions): string {
  const backup = newestBackup(dataDir, name, newestVersion);
  const again = `start Sallyport ${newerApp} again`;
  if (backup === undefined) return `There is no backup this version can read: ${again}.`;
  const db = join(dataDir, `${name}.db`);
  // The write-ahead log belongs to the newer database; left behind, it would be replayed into the older one.
  return `Either ${again}, or go back to the newest backup, losing what came after it: rm -f ${db}-wal ${db}-shm && cp ${backup} ${db}`;
}

/** The newest backup that holds at most schema `newestVersion`. */
export function newestBackup(dataDir: string, name: string, newestVersion: number): string | undefined {
  const folder = join(dataDir, 'backups');
  if (!existsSync(folder)) return undefined;
  const candidates = readdirSync(folder)
    .filter((file) => {
      const [, pre, of] = PRE.exec(file) ?? [];
      if (of === name) return Number(pre) <= newestVersion + 1;
      const [, , holds, whose] = NIGHTLY.exec(file) ?? [];
      return whose === name && Number(holds) <= newestVersion;
    })
    .map((file) => ({ path: join(folder, file), mtimeMs: statSync(join(folder, file)).mtimeMs }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  return candidates[0]?.path;
}

/** Where a backup of the same migration goes when the migration is done once more (after a restore). */
function earlier(path: string): string {
  const made = statSync(path)
    .mtime.toISOString()
    .replace(/[-:]|\.\d+/g, '');
  return path.replace(/\.db$/, `.${made}.db`);
}

const PRE = /^pre-(\d{4})-([a-z]+)(?:\.[\dTZ]+)?\.db$/;
const NIGHTLY = /^nightly-(\d{4}-\d\d-\d\d)-(\d{4})-([a-z]+)\.db$/;
/** A week: what somebody broke on Monday is often noticed on Saturday. */
const NIGHTS_KEPT = 7;
