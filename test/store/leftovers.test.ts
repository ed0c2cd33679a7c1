import { existsSync, mkdirSync, readdirSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { backup, restore } from '../../src/store/archive/archive.ts';
import { clearLeftovers } from '../../src/store/archive/leftovers.ts';
import { mainDb, queryLogDb, tempDir } from './temp.ts';

const NOW = Date.UTC(2026, 10, 22);
const HOUR_S = 3_600;

function folder(dataDir: string, name: string, files: readonly string[], agedS = 0) {
  mkdirSync(join(dataDir, name));
  for (const file of files) writeFileSync(join(dataDir, name, file), 'x');
  utimesSync(join(dataDir, name), NOW / 1000 - agedS, NOW / 1000 - agedS);
}

test('what a killed restore and backup left beside a database goes', () => {
  const dataDir = tempDir();
  for (const file of ['sallyport.db', 'api-token']) writeFileSync(join(dataDir, file), 'x');
  folder(dataDir, '.restore-a1', ['sallyport.db', 'querylog.db']);
  folder(dataDir, '.backup-b2', ['sallyport.db'], 2 * HOUR_S);
  folder(dataDir, '.backup-c3', ['sallyport.db'], 60);
  folder(dataDir, 'backups', ['pre-0008-sallyport.db', 'pre-0009-sallyport.db.part', 'mine.sallyport.part']);

  expect(clearLeftovers(dataDir, NOW)).toEqual([
    '.restore-a1',
    '.backup-b2',
    'backups/pre-0009-sallyport.db.part',
  ]);
  // One that may still be made, and files of others, stay.
  expect(readdirSync(dataDir).sort()).toEqual(['.backup-c3', 'api-token', 'backups', 'sallyport.db']);
  expect(readdirSync(join(dataDir, 'backups')).sort()).toEqual([
    'mine.sallyport.part',
    'pre-0008-sallyport.db',
  ]);
  expect(clearLeftovers(dataDir, NOW)).toEqual([]);
});

test('killed between taking the old database away and putting the new one in, the next start says so and begins nothing', () => {
  const dataDir = tempDir();
  folder(dataDir, '.restore-a1', ['sallyport.db']);
  expect(() => clearLeftovers(dataDir, NOW)).toThrow(/interrupted half-way/);
  expect(existsSync(join(dataDir, '.restore-a1/sallyport.db'))).toBe(true);
});

test('killed before anything was unpacked, it had touched nothing', () => {
  const dataDir = tempDir();
  folder(dataDir, '.restore-a1', []);
  expect(clearLeftovers(dataDir, NOW)).toEqual(['.restore-a1']);
});

test('the database is the first to go and the last to come; a restore again clears what the killed one left', async () => {
  const [from, dataDir] = [tempDir(), tempDir()];
  for (const house of [from, dataDir]) {
    mainDb(house).close();
    queryLogDb(house).close();
    writeFileSync(join(house, 'api-token'), 'x');
  }
  const archive = {
    path: join(tempDir(), 'a.backup'),
    passphrase: new Secret('a long enough passphrase'),
    now: NOW,
  };
  await backup({ ...archive, dataDir: from, appVersion: '0.1.0', withLog: true });
  folder(dataDir, '.restore-a1', ['sallyport.db']);

  const moved: (string | null)[] = [];
  const watcher = watch(dataDir, (event, name) => {
    if (event === 'rename' && /\.db$|^api-token$/.test(name ?? '') && name !== 'lock.db') moved.push(name);
  });
  onTestFinished(() => watcher.close());
  await restore({ ...archive, dataDir, replace: true });
  await expect.poll(() => moved.length).toBe(6);
  expect([moved[0], moved[5]]).toEqual(['sallyport.db', 'sallyport.db']);
  expect(readdirSync(dataDir).filter((name) => name.startsWith('.'))).toEqual([]);
});
