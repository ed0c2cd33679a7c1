import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { startNightlyBackups } from '../../src/control/nightly-backup.ts';
import { backUpMainDatabase, newestBackup } from '../../src/store/backup.ts';
import { newestSchema } from '../../src/store/open-file.ts';
import { mainDb, tempDir } from '../store/temp.ts';
import { manualClock } from '../support/manual-clock.ts';

const HOUR = 3_600_000;

/** Midnight of whatever zone the test runs in. */
function midnight(): number {
  return new Date(2026, 10, 22).getTime();
}

function house() {
  const dataDir = tempDir();
  mainDb(dataDir);
  const asked: string[] = [];
  const disk = { full: false };
  const clock = manualClock(midnight());
  const nightlyBackup = async ({ day }: { readonly day: string }) => {
    asked.push(day);
    if (disk.full) throw new KnownError('storage-full', 'No space left');
    return backUpMainDatabase(dataDir, day);
  };
  const backups = startNightlyBackups({ nightlyBackup }, clock, silentLog());
  /** Each step may start one that ends in a later turn. */
  const hours = async (n: number) => {
    for (let i = 0; i < n; i++) {
      clock.advance(HOUR);
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { dataDir, asked, disk, backups, hours, made: () => readdirSync(join(dataDir, 'backups')).sort() };
}

test('one a night, and the last seven are kept', async () => {
  const { asked, hours, made } = house();
  await hours(24 * 9);
  expect(asked).toHaveLength(9);
  expect(made()).toHaveLength(7);
  expect(made()[0]).toMatch(/^nightly-2026-11-24-\d{4}-sallyport\.db$/);
});

test('one that fails is tried again, and said until it worked', async () => {
  const { disk, backups, hours, asked } = house();
  disk.full = true;
  await hours(5);
  expect(backups.problem()).toContain('could not be made: No space left');
  disk.full = false;
  await hours(1);
  expect(backups.problem()).toBeUndefined();
  expect(new Set(asked)).toEqual(new Set(['2026-11-22']));
});

test('a damaged database is told to go back to it, where it can be read', async () => {
  const { dataDir, hours, made } = house();
  await hours(4);
  const [name = ''] = made();
  const newest = newestSchema('main');
  expect(newestBackup(dataDir, 'sallyport', newest)).toBe(join(dataDir, 'backups', name));
  expect(newestBackup(dataDir, 'sallyport', newest - 1)).toBeUndefined();
  expect(existsSync(join(dataDir, 'backups', `${name}.part`))).toBe(false);
});
