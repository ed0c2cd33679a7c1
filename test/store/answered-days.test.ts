import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatDomainName } from '../../src/base/domain-name.ts';
import { silentLog } from '../../src/base/log.ts';
import type { QueryLogDb } from '../../src/store/open.ts';
import { openFile, QUERY_LOG } from '../../src/store/open-file.ts';
import { answeredInPeriod, answersCountedSince } from '../../src/store/querylog/answered.ts';
import { MAX_ANSWERED_ROWS_PER_DAY } from '../../src/store/querylog/answered-days.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { queryLogDb, tempDir } from './temp.ts';
import { DAY, HOUR, ip, NOON, name } from './world.ts';

const query = (text: string, more: Partial<LoggedQuery> = {}): LoggedQuery => ({
  at: NOON,
  client: ip('192.168.20.5'),
  groupId: 1,
  name: name(text),
  qtype: 1,
  verdict: 'allowed',
  reason: 'rule',
  ruleId: 7,
  rcode: 0,
  source: 'cache',
  durationUs: 120,
  answers: [ip('192.0.2.1')],
  count: 1,
  ...more,
});

const YEAR = { groupId: 1, since: NOON - 365 * DAY, until: NOON };

const answered = (db: QueryLogDb, filter: Partial<typeof YEAR> = {}) =>
  answeredInPeriod(db, { ...YEAR, ...filter })
    .map(({ name: one, ...row }) => ({
      ...row,
      name: one === undefined ? '(others)' : formatDomainName(one),
    }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.qtype - b.qtype);

test('the same name, type, rule and reason are one, over days', () => {
  const db = queryLogDb();
  const { write } = createQueryLogWriter(db.sql);
  write([query('plex.tv', { at: NOON - 90 * DAY, count: 3 }), query('plex.tv', { at: NOON - HOUR })]);
  write([query('plex.tv'), query('plex.tv', { qtype: 28, answers: [] })]);
  expect(answered(db)).toEqual([
    {
      name: 'plex.tv',
      qtype: 1,
      ruleId: 7,
      reason: 'rule',
      days: 2,
      count: 5,
      resolved: 5,
      failed: 0,
      firstAt: NOON - 90 * DAY,
      lastAt: NOON,
    },
    expect.objectContaining({ qtype: 28, count: 1, resolved: 0, failed: 0 }),
  ]);
  expect(answered(db, { since: NOON - DAY })).toMatchObject([{ days: 1, count: 2 }, { qtype: 28 }]);
  expect(answersCountedSince(db)).toBe(NOON - 90 * DAY);
});

test('counting began with the first answer of the first day, whatever its name', () => {
  const db = queryLogDb();
  const { write } = createQueryLogWriter(db.sql);
  write([query('a.org', { at: NOON - DAY, groupId: 2 })]);
  write([query('b.org', { at: NOON - DAY - HOUR, groupId: 2 }), query('a.org', { at: NOON })]);
  expect(answersCountedSince(db)).toBe(NOON - DAY - HOUR);
});

test('what was refused, and what a stranger asked, is counted elsewhere', () => {
  const db = queryLogDb();
  createQueryLogWriter(db.sql).write([
    query('a.org', { verdict: 'denied' }),
    query('b.org', { groupId: undefined }),
    query('c.org', { groupId: 2 }),
  ]);
  expect(answered(db)).toEqual([]);
  expect(answersCountedSince(queryLogDb())).toBeUndefined();
});

test.each([
  ['an address', {}, { resolved: 1, failed: 0 }],
  ['NODATA', { answers: [] }, { resolved: 0, failed: 0 }],
  ['NXDOMAIN', { answers: [], rcode: 3 }, { resolved: 0, failed: 0 }],
  [
    'no answer of any upstream',
    { answers: [], rcode: 2, verdict: 'failed' as const },
    { resolved: 0, failed: 1 },
  ],
  ['a text', { answers: [], qtype: 16 }, { resolved: 1, failed: 0 }],
])('%s', (_, more, expected) => {
  const db = queryLogDb();
  createQueryLogWriter(db.sql).write([query('a.org', more)]);
  expect(answered(db)).toMatchObject([expected]);
});

test('a day that is full still counts what it knows, and the rest by rule', () => {
  const db = queryLogDb();
  const { write } = createQueryLogWriter(db.sql);
  write(
    Array.from({ length: MAX_ANSWERED_ROWS_PER_DAY }, (_, i) => query(`n${i}.org`, { ruleId: undefined })),
  );
  write([
    query('n5.org', { ruleId: undefined }),
    query('late.org'),
    query('later.org'),
    query('x.org', { ruleId: 8 }),
  ]);
  const rows = answered(db);
  expect(rows).toHaveLength(MAX_ANSWERED_ROWS_PER_DAY + 2);
  expect(rows.filter((row) => row.name === '(others)').sort((a, b) => a.count - b.count)).toMatchObject([
    { ruleId: 8, count: 1 },
    { ruleId: 7, count: 2 },
  ]);
  expect(rows.find((row) => row.name === 'n5.org')).toMatchObject({ count: 2 });
});

test('the counts and their names outlive the queries, and go in their turn', () => {
  const db = queryLogDb();
  const writer = createQueryLogWriter(db.sql);
  writer.write([query('ancient.org', { at: NOON - 400 * DAY }), query('old.org', { at: NOON - 300 * DAY })]);
  expect(writer.prune({ raw: NOON - 35 * DAY, counts: NOON - 396 * DAY })).toBe(false);
  expect(answered(db, { since: 0 })).toMatchObject([{ name: 'old.org' }]);
  expect(db.all(db.query.selectFrom('names').select('text'))).toEqual([{ text: 'org.old' }]);
});

test('a batch that cannot be written counts nothing', () => {
  const db = queryLogDb();
  const writer = createQueryLogWriter(db.sql);
  expect(() => writer.write([query('plex.tv'), query('b.org', { qtype: 0.5 })])).toThrow();
  expect(answered(db)).toEqual([]);
});

test('a log of the time before is counted when it is opened', () => {
  const dataDir = tempDir();
  const options = { dataDir, log: silentLog(), appVersion: '0.1.0' };
  openFile({ ...options, ...QUERY_LOG, migrations: QUERY_LOG.migrations.slice(0, 2) }).file.close();
  const logged = [
    query('plex.tv', { count: 2 }),
    query('plex.tv', { at: NOON - 3 * DAY, answers: [] }),
    query('plex.tv', { reason: 'learn', ruleId: undefined }),
    query('b.org', { qtype: 16, answers: [] }),
    query('c.org', { verdict: 'failed', rcode: 2, answers: [] }),
    query('d.org', { verdict: 'denied', rcode: 3, answers: [] }),
  ];
  const db = queryLogDb();
  createQueryLogWriter(db.sql).write(logged);
  copyLog(db, join(dataDir, 'querylog.db'));
  expect(answered(queryLogDb(dataDir))).toEqual(answered(db));
});

/** As a version without counts would have left it. */
function copyLog(from: QueryLogDb, to: string): void {
  const file = openSqlite(to);
  for (const table of ['names', 'clients', 'words', 'answer_sets', 'queries'] as const) {
    for (const row of from.all(from.query.selectFrom(table).selectAll())) {
      const columns = Object.keys(row);
      file
        .prepare(
          `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map((one) => `@${one}`).join()})`,
        )
        .run(row);
    }
  }
  file.close();
}
