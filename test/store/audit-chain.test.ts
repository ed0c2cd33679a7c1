import { expect, test } from 'vitest';
import { appendAudit, listAudit, pruneAudit, sealAudit, verifyAudit } from '../../src/store/audit.ts';
import type { MainDb } from '../../src/store/open.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { mainDb, tempDir } from './temp.ts';

const DAY_MS = 86_400_000;

test('an audit nobody touched is sound, and says its head', () => {
  const { db } = filled(3);
  expect(verifyAudit(db)).toMatchObject({ sound: true, entries: 3, first: 1, head: { id: 3 } });
});

test('an empty audit is sound', () => {
  expect(verifyAudit(mainDb())).toMatchObject({ sound: true, entries: 0, head: { id: 0, hash: '' } });
});

test.each([
  ["UPDATE audit SET note = 'other' WHERE id = 2", 2],
  ["UPDATE audit SET actor = 'user:b', origin = '' WHERE id = 1", 1],
  ['UPDATE audit SET after = \'{"a": 1}\' WHERE id = 3', 3],
  ['UPDATE audit SET at = at + 1 WHERE id = 3', 3],
  ['UPDATE audit SET reverts = 1 WHERE id = 2', 2],
  ['DELETE FROM audit WHERE id = 1', 2],
  ['DELETE FROM audit WHERE id = 2', 3],
  ['DELETE FROM audit WHERE id = 3', 3],
  ['DELETE FROM audit', 1],
  ["INSERT INTO audit (at, actor, action, subject, note, origin) VALUES (1, 'a', 'b', 'c', '', '')", 4],
])('%s, by somebody with the file in hand, breaks it', (sql, brokenAt) => {
  const { db, dir } = filled(3);
  tamper(dir, sql);
  expect(verifyAudit(db)).toMatchObject({ sound: false, brokenAt });
});

test('an audit written anew as a whole is told by a head that was noted before', () => {
  const { db, dir } = filled(3);
  const before = verifyAudit(db);
  if (!before.sound) throw new Error(before.why);
  tamper(dir, "UPDATE audit SET note = 'other', hash = ''");
  tamper(dir, "UPDATE audit SET hash = ''");
  sealAudit(db);
  expect(verifyAudit(db)).toMatchObject({ sound: true });
  expect(verifyAudit(db, before.head)).toMatchObject({ sound: false, brokenAt: 3 });
});

test('a noted head stays in it while entries are added, and a made-up one is not in it', () => {
  const { db } = filled(3);
  const before = verifyAudit(db);
  if (!before.sound) throw new Error(before.why);
  add(db, 4);
  expect(verifyAudit(db, before.head)).toMatchObject({ sound: true, entries: 4 });
  expect(verifyAudit(db, { id: 9, hash: before.head.hash })).toMatchObject({ sound: false, brokenAt: 9 });
});

test('the database itself refuses to change or remove an entry', () => {
  const { dir } = filled(2);
  const file = openSqlite(`${dir}/sallyport.db`);
  expect(() => file.exec("UPDATE audit SET note = 'other'")).toThrow('append-only');
  expect(() => file.exec('DELETE FROM audit WHERE id = 1')).toThrow('append-only');
  file.close();
});

test('what is too old goes from the beginning only, and the rest stays provable', () => {
  const { db } = filled(3);
  appendAudit(db, { at: 0, actor: 'a', action: 'b', subject: 'a clock that was wrong' });
  expect(pruneAudit(db, 2 * DAY_MS, 100)).toBe(1);
  expect(listAudit(db, { limit: 9 }).items.map(({ id }) => id)).toEqual([4, 3, 2]);
  expect(verifyAudit(db)).toMatchObject({ sound: true, entries: 3, first: 2 });
  expect(pruneAudit(db, 100 * DAY_MS, 2)).toBe(2);
  expect(pruneAudit(db, 100 * DAY_MS, 2)).toBe(1);
  add(db, 5);
  expect(verifyAudit(db)).toMatchObject({ sound: true, entries: 1, first: 5 });
});

test('entries from before the chain are given their place in it', () => {
  const { db, dir } = filled(3);
  tamper(dir, "UPDATE audit SET hash = ''");
  sealAudit(db);
  add(db, 4);
  expect(verifyAudit(db)).toMatchObject({ sound: true, entries: 4 });
});

function filled(entries: number): { readonly db: MainDb; readonly dir: string } {
  const dir = tempDir();
  const db = mainDb(dir);
  for (let id = 1; id <= entries; id++) add(db, id);
  return { db, dir };
}

function add(db: MainDb, day: number): void {
  appendAudit(db, { at: day * DAY_MS, actor: 'user:anna', action: 'rule.allow', subject: `rule ${day}` });
}

/** As somebody does who may write the file, and knows the triggers. */
function tamper(dir: string, sql: string): void {
  const file = openSqlite(`${dir}/sallyport.db`);
  file.exec(
    'DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_loses_only_its_oldest;',
  );
  file.exec(sql);
  file.close();
}
