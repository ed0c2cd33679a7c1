import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { backup, restore } from '../../src/store/archive/archive.ts';
import { writeSealed } from '../../src/store/archive/sealed-file.ts';
import { appendAudit, listAudit } from '../../src/store/audit.ts';
import { lockDataDirectory } from '../../src/store/data-directory.ts';
import { openMainDatabase } from '../../src/store/open.ts';
import { addUser, findUser } from '../../src/store/users.ts';
import { mainDb, queryLogDb, tempDir } from './temp.ts';

const PASSPHRASE = new Secret('a long enough passphrase');
const NOW = Date.UTC(2026, 10, 22);

/** A data directory as a running Sallyport has it: open, with a write-ahead log. */
function house() {
  const dataDir = tempDir();
  const db = mainDb(dataDir);
  queryLogDb(dataDir);
  writeFileSync(join(dataDir, 'api-token'), 'the-token-of-this-house-1234\n', { mode: 0o600 });
  addUser(db, { name: 'anna', passwordHash: '$argon2id$x', role: 'admin', createdAt: NOW });
  return { dataDir, db, path: join(tempDir(), 'house.sallyport') };
}

const save = (dataDir: string, path: string, withLog = true) =>
  backup({ dataDir, path, passphrase: PASSPHRASE, appVersion: '0.1.0', now: NOW, withLog });
const bring = (dataDir: string, path: string, change: { replace?: boolean; passphrase?: Secret } = {}) =>
  restore({ dataDir, path, passphrase: PASSPHRASE, now: NOW, replace: false, ...change });

test('what is restored into an empty directory is as before', async () => {
  const { dataDir, path } = house();
  const { manifest, octets } = await save(dataDir, path);
  expect(manifest).toMatchObject({ app: '0.1.0', schema: { 'querylog.db': 3 } });
  expect(statSync(path)).toMatchObject({ size: octets });
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const fresh = tempDir();
  expect(await bring(fresh, path)).toEqual({ manifest });
  expect(readdirSync(fresh).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(readFileSync(join(fresh, 'api-token'), 'utf8')).toBe('the-token-of-this-house-1234\n');
  expect(existsSync(join(fresh, 'querylog.db'))).toBe(true);
  expect(findUser(mainDb(fresh), 'anna')?.role).toBe('admin');
});

test('nothing in the file can be read without the passphrase', async () => {
  const { dataDir, path } = house();
  await save(dataDir, path);
  const octets = readFileSync(path, 'latin1');
  for (const secret of ['SQLite format', 'the-token-of-this-house', 'argon2id', 'manifest']) {
    expect(octets).not.toContain(secret);
  }
});

test('a wrong passphrase, a changed octet anywhere and a file that was cut change nothing', async () => {
  const { dataDir, path } = house();
  await save(dataDir, path);
  const fresh = tempDir();
  await expect(bring(fresh, path, { passphrase: new Secret('another passphrase') })).rejects.toMatchObject({
    code: 'backup-unreadable',
  });
  const whole = readFileSync(path);
  for (const at of [0, 20, 40, 60, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(path, changed);
    await expect(bring(fresh, path)).rejects.toMatchObject({ code: 'backup-unreadable' });
  }
  for (const length of [0, 10, 47, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, length));
    await expect(bring(fresh, path)).rejects.toMatchObject({ code: 'backup-unreadable' });
  }
  expect(readdirSync(fresh).filter((name) => /api-token|\.db$/.test(name))).toEqual(['lock.db']);
});

test('data that is there is kept: refused, or moved aside when asked', async () => {
  const { dataDir, db, path } = house();
  await save(dataDir, path, false);
  await expect(bring(dataDir, path)).rejects.toMatchObject({ code: 'backup-not-restored' });
  appendAudit(db, { at: NOW, actor: 'a', action: 'after.backup', subject: 's' });
  db.close();
  const { aside = '' } = await bring(dataDir, path, { replace: true });
  expect(listAudit(reopen(dataDir), { limit: 9 }).items).toEqual([]);
  expect(listAudit(reopen(aside), { limit: 9 }).items).toHaveLength(1);
});

test('a running Sallyport is not restored over', async () => {
  const { dataDir, path } = house();
  await save(dataDir, path);
  const fresh = tempDir();
  const lock = lockDataDirectory(fresh);
  await expect(bring(fresh, path)).rejects.toMatchObject({ code: 'data-directory-in-use' });
  lock.release();
});

test('a file that is there is not written over, and a short passphrase is refused', async () => {
  const { dataDir, path } = house();
  await save(dataDir, path);
  await expect(save(dataDir, path)).rejects.toMatchObject({ code: 'backup-exists' });
  await expect(
    backup({
      dataDir,
      path: `${path}2`,
      passphrase: new Secret('short'),
      appVersion: '',
      now: NOW,
      withLog: true,
    }),
  ).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(save(tempDir(), `${path}2`)).rejects.toMatchObject({ code: 'not-found' });
  expect(existsSync(`${path}2`)).toBe(false);
});

test('a path that cannot be written to or read from is named, with what is wrong', async () => {
  const { dataDir } = house();
  const folder = tempDir();
  const nowhere = join(folder, 'gone', 'a.backup');
  await expect(save(dataDir, nowhere)).rejects.toMatchObject({
    code: 'invalid-input',
    message: `${nowhere} cannot be written (ENOENT)`,
  });
  await expect(bring(tempDir(), nowhere)).rejects.toMatchObject({
    code: 'backup-unreadable',
    message: `${nowhere} cannot be read (ENOENT)`,
  });
  await expect(bring(tempDir(), folder)).rejects.toMatchObject({
    code: 'backup-unreadable',
    message: `${folder} cannot be read (EISDIR)`,
  });
});

const MANIFEST = { format: 1, app: '9', createdAt: '2026-11-22T00:00:00Z', schema: {} };

test.each([
  ['a path out of the directory', [['../../evil', 'x']], 'backup-unreadable'],
  ['an absolute path', [['/tmp/evil', 'x']], 'backup-unreadable'],
  ['a name no backup holds', [['.ssh', 'x']], 'backup-unreadable'],
  ['no manifest', [], 'backup-unreadable'],
  ['a manifest that is no JSON', [['manifest.json', '{']], 'backup-unreadable'],
  [
    'a database that is missing',
    [['manifest.json', { ...MANIFEST, schema: { 'sallyport.db': 1 } }]],
    'backup-unreadable',
  ],
  [
    'a database that is none',
    [
      ['manifest.json', { ...MANIFEST, schema: { 'sallyport.db': 1 } }],
      ['sallyport.db', 'x'.repeat(5000)],
    ],
    'backup-unreadable',
  ],
  [
    'a newer schema',
    [
      ['manifest.json', { ...MANIFEST, schema: { 'sallyport.db': 999 } }],
      ['sallyport.db', ''],
    ],
    'database-newer',
  ],
] as const)('an archive with %s is refused, and nothing of it is left', async (_what, members, code) => {
  const path = join(tempDir(), 'made.sallyport');
  const tar = pack();
  for (const [name, content] of members) {
    tar.entry({ name }, typeof content === 'string' ? content : JSON.stringify(content));
  }
  tar.finalize();
  await writeSealed(path, Readable.from(tar).pipe(createGzip()), PASSPHRASE);
  const fresh = tempDir();
  await expect(bring(fresh, path)).rejects.toMatchObject({ code });
  expect(readdirSync(fresh).sort()).toEqual(['lock.db', 'sallyport.pid']);
});

test('a link in an archive is refused', async () => {
  const path = join(tempDir(), 'made.sallyport');
  const tar = pack();
  tar.entry({ name: 'sallyport.db', type: 'symlink', linkname: '/etc/passwd' });
  tar.finalize();
  await writeSealed(path, Readable.from(tar).pipe(createGzip()), PASSPHRASE);
  await expect(bring(tempDir(), path)).rejects.toMatchObject({ code: 'backup-unreadable' });
});

function reopen(dataDir: string) {
  return openMainDatabase({ dataDir, log: silentLog(), appVersion: '0.1.0' });
}
