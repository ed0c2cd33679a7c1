/** Copies of a database made before it is migrated: data/backups/pre-<version>-<name>.db, restored with cp. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeOwnFile } from './data-directory.ts';
import type { Database } from './sqlite.ts';

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
  const path = join(folder, `pre-${String(version).padStart(4, '0')}-${name}.db`);
  const unfinished = `${path}.part`;
  rmSync(unfinished, { force: true });
  makeOwnFile(unfinished, dataDir);
  file.prepare('VACUUM INTO ?').run(unfinished);
  chmodSync(unfinished, 0o600);
  if (existsSync(path)) renameSync(path, earlier(path));
  renameSync(unfinished, path);
  return path;
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
    .map((file) => ({ file, match: /^pre-(\d{4})-([a-z]+)(?:\.[\dTZ]+)?\.db$/.exec(file) }))
    .filter(({ match }) => match?.[2] === name && Number(match[1]) <= newestVersion + 1)
    .map(({ file }) => ({ path: join(folder, file), mtimeMs: statSync(join(folder, file)).mtimeMs }))
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
