import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDb } from '../../src/store/db.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { tempDir } from './temp.ts';

test('no room is said with the path and what to do; what was written stays, and nothing of a batch remains', () => {
  const path = join(tempDir(), 'small.db');
  const file = openSqlite(path);
  file.exec('CREATE TABLE lines (text TEXT NOT NULL)');
  file.pragma('max_page_count = 20');
  const db = createDb<{ lines: { text: string } }>(file, path);
  const write = (count: number) =>
    db.transaction(() => {
      const insert = db.prepare<{ text: string }>((value) =>
        db.query.insertInto('lines').values({ text: value('text') }),
      );
      for (let i = 0; i < count; i++) insert.run({ text: 'x'.repeat(1000) });
    });
  const count = () => db.all(db.query.selectFrom('lines').select('text')).length;

  write(3);
  expect(() => write(500)).toThrow(
    expect.objectContaining({
      code: 'storage-full',
      message: `No space left to write ${path}`,
      hint: `Free space on the disk that holds ${path}; Sallyport goes on by itself.`,
    }),
  );
  expect(count()).toBe(3);
  file.pragma('max_page_count = 1000');
  write(2);
  expect(count()).toBe(5);
  db.close();
});

test('a disk that is really full loses nothing, and room is enough to go on', () => {
  const dir = tempDir();
  const filler = join(import.meta.dirname, 'disk-filler.ts');
  // A mount name space of its own: the tmpfs is gone with the process, whatever happens. -r makes do without root.
  const script = 'mount -t tmpfs -o size=4m,mode=0700 tmpfs "$1" && exec "$2" "$3" "$1"';
  const said = execFileSync('unshare', ['-rm', 'sh', '-c', script, 'sh', dir, process.execPath, filler], {
    encoding: 'utf8',
  });
  expect(JSON.parse(said)).toEqual({
    code: 'storage-full',
    message: `No space left to write ${join(dir, 'sallyport.db')}`,
    before: true,
    after: true,
  });
});
