import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { createRecorder } from '../../src/control/recorder.ts';
import { createDb } from '../../src/store/db.ts';
import type { MainSchema } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { mainDb, tempDir } from './temp.ts';
import { group } from './world.ts';

/** A second connection to a data directory, which does not wait for locks. */
function impatient(dataDir: string) {
  const path = join(dataDir, 'sallyport.db');
  const file = openSqlite(path);
  file.pragma('busy_timeout = 0');
  onTestFinished(() => void file.close());
  return { file, db: createDb<MainSchema>(file, path) };
}

test('a database that another program locks is trouble that passes', () => {
  const dataDir = tempDir();
  mainDb(dataDir);
  const owner = impatient(dataDir);
  const { db } = impatient(dataDir);
  const recorder = createRecorder(db, silentLog());

  owner.file.exec('BEGIN IMMEDIATE');
  expect(recorder.attempt('a group', () => group(db))).toBe(false);
  expect(recorder.problem()).toMatch(
    /^The database is locked by another program: .*sallyport\.db: Close what holds it open/,
  );

  owner.file.exec('ROLLBACK');
  expect(recorder.attempt('a group', () => group(db))).toBe(true);
  expect(recorder.problem()).toBeUndefined();
});
