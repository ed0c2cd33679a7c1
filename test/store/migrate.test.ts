import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { readMigrations } from '../../src/store/migrate.ts';
import { openAndMigrate, openMainDatabase } from '../../src/store/open.ts';
import type { MainSchema } from '../../src/store/schema.ts';
import { readSetting, writeSetting } from '../../src/store/settings.ts';
import { mainDb, tempDir } from './temp.ts';

const FIRST = 'CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;';
const SECOND = "INSERT INTO settings VALUES ('second', '2');";
const THIRD = "UPDATE settings SET value = '3' WHERE key = 'second';";

function migrationFolder(...sql: string[]): string {
  const folder = tempDir();
  sql.forEach((text, i) => {
    writeFileSync(join(folder, `000${i + 1}_step${i + 1}.sql`), text);
  });
  return folder;
}

function open(dataDir: string, folder: string, appVersion = '0.1.0') {
  return openAndMigrate<MainSchema>({
    dataDir,
    name: 'sallyport',
    migrations: readMigrations(folder),
    log: silentLog(),
    appVersion,
  });
}

test('migrations run in the order of their numbers', () => {
  const db = open(tempDir(), migrationFolder(FIRST, SECOND, THIRD));
  expect(readSetting(db, 'second')).toBe(3);
  db.close();
});

test('a gap in the numbers is refused', () => {
  const folder = migrationFolder(FIRST);
  writeFileSync(join(folder, '0003_late.sql'), SECOND);
  expect(() => readMigrations(folder)).toThrow('numbered from 0001 without gaps');
});

test('opening again applies nothing and makes no backup', () => {
  const dir = tempDir();
  mainDb(dir);
  mainDb(dir);
  expect(readdirSync(dir)).not.toContain('backups');
});

test('a migration that was edited after it was applied is refused', () => {
  const dir = tempDir();
  open(dir, migrationFolder(FIRST)).close();
  expect(() => open(dir, migrationFolder(`${FIRST} -- nicer`))).toThrow(
    'Migration 1 (step1) was changed after it was applied',
  );
});

test('a migration that fails leaves the database as it was', () => {
  const dir = tempDir();
  open(dir, migrationFolder(FIRST)).close();
  expect(() => open(dir, migrationFolder(FIRST, `${SECOND} INSERT INTO nowhere VALUES (1);`))).toThrow(
    'nowhere',
  );
  const db = open(dir, migrationFolder(FIRST));
  expect(readSetting(db, 'second')).toBeUndefined();
  db.close();
});

test('a migration that breaks a reference is refused', () => {
  const dir = tempDir();
  const tables = 'CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id));';
  expect(() => open(dir, migrationFolder(tables, 'INSERT INTO b VALUES (7);'))).toThrow(
    'breaks 1 references',
  );
});

test('before an existing database is migrated, a usable private copy is made', () => {
  const dir = tempDir();
  const before = open(dir, migrationFolder(FIRST));
  writeSetting(before, 'mine', 'precious');
  before.close();
  open(dir, migrationFolder(FIRST, SECOND)).close();

  const backup = join(dir, 'backups', 'pre-0002-sallyport.db');
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  const restored = tempDir();
  renameSync(backup, join(restored, 'sallyport.db'));
  const db = open(restored, migrationFolder(FIRST));
  expect(readSetting(db, 'mine')).toBe('precious');
  expect(readSetting(db, 'second')).toBeUndefined();
  db.close();
});

test('a newer database is refused, and the command in the message brings the older one back', () => {
  const dir = tempDir();
  const old = open(dir, migrationFolder(FIRST));
  writeSetting(old, 'mine', 'precious');
  old.close();
  open(dir, migrationFolder(FIRST, SECOND, THIRD), '0.2.0').close();

  let hint = '';
  expect(() => open(dir, migrationFolder(FIRST))).toThrow(
    expect.objectContaining({
      code: 'database-newer',
      message: expect.stringContaining('was written by Sallyport 0.2.0 (schema 3); this is 0.1.0 (schema 1)'),
      hint: expect.toSatisfy((text: string) => {
        hint = text;
        return text.includes('start Sallyport 0.2.0 again');
      }),
    }),
  );
  execFileSync('sh', ['-c', hint.slice(hint.indexOf('rm -f'))]);
  const restored = open(dir, migrationFolder(FIRST));
  expect(readSetting(restored, 'mine')).toBe('precious');
  restored.close();
});

test('a backup the older version cannot read is not offered', () => {
  const dir = tempDir();
  open(dir, migrationFolder(FIRST, SECOND)).close();
  open(dir, migrationFolder(FIRST, SECOND, THIRD), '0.2.0').close();
  expect(() => open(dir, migrationFolder(FIRST))).toThrow(
    expect.objectContaining({
      hint: 'There is no backup this version can read: start Sallyport 0.2.0 again.',
    }),
  );
});

test('migrating again after a restore keeps the first backup', () => {
  const dir = tempDir();
  open(dir, migrationFolder(FIRST)).close();
  open(dir, migrationFolder(FIRST, SECOND)).close();
  const backup = join(dir, 'backups', 'pre-0002-sallyport.db');
  execFileSync('cp', [backup, join(dir, 'sallyport.db')]);
  utimesSync(backup, 1_700_000_000, 1_700_000_000);
  open(dir, migrationFolder(FIRST, SECOND)).close();
  expect(readdirSync(join(dir, 'backups')).sort()).toEqual([
    'pre-0002-sallyport.20231114T221320Z.db',
    'pre-0002-sallyport.db',
  ]);
});

test.each([
  [
    'text instead of a database',
    'this is no database, it is a sentence that is long enough to be read as a header'.repeat(20),
  ],
  ['a header with rubbish behind it', `SQLite format 3\0${'x'.repeat(5000)}`],
])('a damaged file is named with its remedy: %s', (_, content) => {
  const dir = tempDir();
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'sallyport.db');
  writeFileSync(path, content);
  expect(() => openMainDatabase({ dataDir: dir, log: silentLog(), appVersion: '0.1.0' })).toThrow(
    expect.objectContaining({
      code: 'database-damaged',
      message: `The database is damaged: ${path}`,
      hint: expect.stringContaining(`mv ${path} ${path}.damaged`),
    }),
  );
});

test('the database of another program is left alone', () => {
  const dir = tempDir();
  const folder = tempDir();
  writeFileSync(join(folder, '0001_other.sql'), FIRST);
  const db = open(dir, folder);
  db.close();
  execFileSync(
    process.execPath,
    [
      '-e',
      `const S=require('better-sqlite3');const f=new S(${JSON.stringify(join(dir, 'sallyport.db'))});f.exec('DROP TABLE schema_migrations');f.close()`,
    ],
    { cwd: join(import.meta.dirname, '../..') },
  );
  expect(() => open(dir, folder)).toThrow(expect.objectContaining({ code: 'database-damaged' }));
});
