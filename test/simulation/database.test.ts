import { expect, test } from 'vitest';
import { expireDueRules } from '../../src/store/rules.ts';
import { type Disk, databaseOf, newDatabase } from './database.ts';
import { createLife } from './life.ts';

test('a full disk takes no write, not even one that gives back what it wrote', () => {
  const disk: Disk = { full: true, fullSince: 0, fullUntil: 0, crash: undefined, onCrash: () => undefined };
  const db = databaseOf(newDatabase().db, disk, createLife());
  const endRule = db.prepare<{ id: number }>((value, query) =>
    query.deleteFrom('rules').where('id', '=', value('id')).returningAll(),
  );
  expect(() => expireDueRules(db, 0)).toThrow('No space left');
  expect(() => endRule.first({ id: 1 })).toThrow('No space left');
  expect(db.all(db.query.selectFrom('rules').selectAll())).toEqual([]);
  disk.full = false;
  expect(expireDueRules(db, 0)).toEqual([]);
});
