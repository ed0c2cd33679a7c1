/** What a backup or a restore that was killed left in the data directory. Light: each start looks. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KnownError } from '../../base/errors.ts';

/** Folders in which copies are put together, for mkdtemp. */
export const BACKUP_FOLDER = '.backup-';
export const RESTORE_FOLDER = '.restore-';

/**
 * Removes it, and returns the names; the caller holds the lock, so that no restore is under way.
 *
 * A restore takes the database away first and puts the new one in last: where there is none, it was killed in between, and
 * nobody would know an empty Sallyport from a restored one. Throws backup-not-restored then.
 */
export function clearLeftovers(dataDir: string, now: number): readonly string[] {
  const names = readdirSync(dataDir);
  const restores = names.filter((name) => name.startsWith(RESTORE_FOLDER));
  if (restores.length > 0 && !existsSync(join(dataDir, 'sallyport.db')) && hasDatabase(dataDir, restores)) {
    throw new KnownError(
      'backup-not-restored',
      `A restore into ${resolve(dataDir)} was interrupted half-way`,
      {
        hint: `Run \`sallyport restore\` again; what was there before is in ${join(resolve(dataDir), 'backups', 'before-restore-*')}. To begin with nothing, remove ${restores.map((name) => join(resolve(dataDir), name)).join(' ')}.`,
      },
    );
  }
  const backups = names
    .filter((name) => name.startsWith(BACKUP_FOLDER))
    // Whoever makes a backup does not hold the lock.
    .filter((name) => now - statSync(join(dataDir, name)).mtimeMs > BACKUP_TAKES_MS);
  const unfinished = unfinishedCopies(join(dataDir, 'backups'));
  const left = [...restores, ...backups, ...unfinished];
  for (const name of left) rmSync(join(dataDir, name), { recursive: true, force: true });
  return left;
}

/** Unpacked only in part, it had not touched anything yet. */
function hasDatabase(dataDir: string, folders: readonly string[]): boolean {
  return folders.some((name) => existsSync(join(dataDir, name, 'sallyport.db')));
}

/** Of the nights, of migrations and of the page, which only a running Sallyport makes. */
function unfinishedCopies(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(?:(?:pre|nightly)-.*\.db|sallyport-\d{8}T\d{6}Z\.backup)\.part$/.test(name))
    .map((name) => join('backups', name));
}

/** Milliseconds; copying and sealing a log of ten million rows takes minutes. */
const BACKUP_TAKES_MS = 3_600_000;
