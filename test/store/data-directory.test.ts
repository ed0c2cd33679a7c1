import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockDataDirectory, prepareDataDirectory } from '../../src/store/data-directory.ts';
import { readSetting } from '../../src/store/settings.ts';
import { mainDb, tempDir } from './temp.ts';

async function startHolder(dataDir: string) {
  const holder = spawn(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'lock-holder.ts'), dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  return holder;
}

test('a second process is refused and told who has the directory', async () => {
  const dir = tempDir();
  const holder = await startHolder(dir);
  expect(() => lockDataDirectory(dir)).toThrow(
    expect.objectContaining({
      code: 'data-directory-in-use',
      message: `The data directory ${dir} is in use by another Sallyport (pid ${holder.pid})`,
      hint: expect.stringContaining(`Stop process ${holder.pid}`),
    }),
  );
});

test('kill -9 leaves neither a stale lock nor a broken database', async () => {
  const dir = tempDir();
  const holder = await startHolder(dir);
  holder.kill('SIGKILL');
  await once(holder, 'exit');

  const lock = lockDataDirectory(dir);
  expect(readSetting(mainDb(dir), 'written-by')).toBe(holder.pid);
  lock.release();
});

test('a file system where nothing can be made is said, and not tried for ever', () => {
  expect(() => prepareDataDirectory('/proc/sallyport/data')).toThrow(
    expect.objectContaining({ code: 'data-directory-not-writable' }),
  );
});

test('a released directory can be taken again, but not twice at a time', () => {
  const dir = tempDir();
  const first = lockDataDirectory(dir);
  expect(() => lockDataDirectory(dir)).toThrow(expect.objectContaining({ code: 'data-directory-in-use' }));
  first.release();
  lockDataDirectory(dir).release();
});

test('directory and files are readable by their owner only', () => {
  const dir = join(tempDir(), 'made', 'by-us');
  mainDb(dir);
  lockDataDirectory(dir).release();
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  for (const file of ['sallyport.db', 'sallyport.db-wal', 'lock.db', 'sallyport.pid']) {
    expect([file, statSync(join(dir, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
});

test('a directory that was open to others is closed', () => {
  const dir = join(tempDir(), 'open');
  mkdirSync(dir, { mode: 0o755 });
  prepareDataDirectory(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

test('a directory that cannot be written names path, uid and the command', () => {
  // The kernel refuses this to everybody, root included.
  const dir = '/sys/sallyport';
  const uid = process.getuid?.();
  expect(() => prepareDataDirectory(dir)).toThrow(
    expect.objectContaining({
      code: 'data-directory-not-writable',
      message: `The data directory is not writable: ${dir} (uid ${uid})`,
      hint: expect.stringMatching(new RegExp(`chown -R ${uid}:\\d+ ${dir}`)),
    }),
  );
});
