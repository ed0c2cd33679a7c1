import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainName, formatDomainName, isBelow } from '../../src/base/domain-name.ts';
import type { QueryLogDb } from '../../src/store/open.ts';
import { openQueryLogToRead } from '../../src/store/open.ts';
import { countQueries } from '../../src/store/querylog/count.ts';
import { labelsOf, nameOf, rangeBelow } from '../../src/store/querylog/labels.ts';
import { type QuerySearch, searchQueries } from '../../src/store/querylog/search.ts';
import { createQueryLogWriter, type LoggedQuery } from '../../src/store/querylog/writer.ts';
import { queryLogDb, tempDir } from './temp.ts';
import { DAY, ip, NOON, name, SECOND } from './world.ts';

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
  answers: [],
  count: 1,
  ...more,
});

function logOf(...queries: LoggedQuery[]): QueryLogDb {
  const db = queryLogDb();
  createQueryLogWriter(db.sql).write(queries);
  return db;
}

/** A search ends after a tenth of a second, which a busy machine needs for nothing at all. */
const stopped = () => 0;

function found(db: QueryLogDb, search: Partial<QuerySearch>): readonly string[] {
  return searchQueries(db, { limit: 100, ...search }, stopped).items.map((q) => formatDomainName(q.name));
}

/** Names of one to four labels of odd octets, dots and slashes among them. */
const names = fc
  .array(
    fc.string({
      unit: fc.constantFrom('a', 'b', '-', '.', '/', '\\', ' ', '\xe9'),
      minLength: 1,
      maxLength: 3,
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((labels) => `${labels.map((l) => String.fromCharCode(l.length) + l).join('')}\0` as DomainName);

test('a name becomes labels from the root and back', () => {
  expect(labelsOf(name('www.example.org'))).toBe('org.example.www');
  expect(labelsOf(name('.'))).toBe('.');
  fc.assert(
    fc.property(names, (one) => {
      expect(nameOf(labelsOf(one))).toBe(one);
    }),
  );
});

test('what is below a name is exactly what lies in its range', () => {
  fc.assert(
    fc.property(names, names, fc.boolean(), (a, b, nested) => {
      const upper = a;
      const lower = nested ? ((b.slice(0, -1) + a) as DomainName) : b;
      const { first, end } = rangeBelow(upper);
      const labels = labelsOf(lower);
      expect(labels >= first && labels < end).toBe(isBelow(lower, upper));
    }),
  );
});

test('a query is read back as it was logged, its answers sorted', () => {
  const logged = query('plex.tv', { answers: [ip('192.0.2.9'), ip('192.0.2.1'), ip('2001:db8::1')] });
  const unknown = query('a.org', {
    groupId: undefined,
    ruleId: undefined,
    verdict: 'denied',
    reason: 'no-rule',
    rcode: 3,
    at: NOON + 1,
  });
  const { items } = searchQueries(logOf(logged, unknown), { limit: 5 });
  expect(items).toEqual([
    { id: expect.any(Number), ...unknown },
    { id: expect.any(Number), ...logged, answers: ['192.0.2.1', '192.0.2.9', '2001:db8::1'] },
  ]);
});

test('a name is found alone, with what is below it, or only what is below', () => {
  const db = logOf(
    ...['plex.tv', 'app.plex.tv', 'a.b.plex.tv', 'notplex.tv', 'plex.tv.org', 'plex-tv.tv'].map((n) =>
      query(n),
    ),
  );
  const search = (kind: 'exact' | 'below' | 'both', text = 'plex.tv') =>
    found(db, { name: { kind, name: name(text) } });
  expect(search('exact')).toEqual(['plex.tv']);
  expect(search('both')).toEqual(['a.b.plex.tv', 'app.plex.tv', 'plex.tv']);
  expect(search('below')).toEqual(['a.b.plex.tv', 'app.plex.tv']);
  expect(search('below', '.')).toHaveLength(6);
  expect(search('exact', 'never.asked.org')).toEqual([]);
});

test('filters narrow the search down together', () => {
  const db = logOf(
    query('a.org'),
    query('b.org', { at: NOON + SECOND, client: ip('192.168.20.6') }),
    query('c.org', { at: NOON + 2 * SECOND, verdict: 'denied' }),
    query('d.org', { at: NOON + 3 * SECOND, verdict: 'failed', groupId: 2, reason: 'not-confirmed' }),
  );
  expect(found(db, { client: ip('192.168.20.6') })).toEqual(['b.org']);
  expect(found(db, { client: ip('192.168.20.99') })).toEqual([]);
  expect(found(db, { reason: 'not-confirmed' })).toEqual(['d.org']);
  expect(found(db, { reason: 'never-heard-of' })).toEqual([]);
  expect(found(db, { verdict: 'allowed' })).toEqual(['b.org', 'a.org']);
  expect(found(db, { verdict: 'denied' })).toEqual(['c.org']);
  expect(found(db, { verdict: 'failed', groupId: 2 })).toEqual(['d.org']);
  expect(found(db, { since: NOON + SECOND, until: NOON + 3 * SECOND })).toEqual(['c.org', 'b.org']);
  expect(found(db, { groupId: 1, name: { kind: 'below', name: name('org') }, until: NOON + SECOND })).toEqual(
    ['a.org'],
  );
});

test('a part of a name is found as it is written, across its labels, and nowhere else', () => {
  const db = logOf(
    ...['image.tmdb.org', 'tmdb.org', 'org.tmdb', 'x.tmdbx.org', 'a.example.org'].map((n, i) =>
      query(n, { at: NOON + i }),
    ),
  );
  const part = (text: string) => found(db, { name: { kind: 'part', text } });
  expect(part('tmdb')).toEqual(['x.tmdbx.org', 'org.tmdb', 'tmdb.org', 'image.tmdb.org']);
  expect(part('tmdb.org')).toEqual(['tmdb.org', 'image.tmdb.org']);
  expect(part('e.tmdb.o')).toEqual(['image.tmdb.org']);
  expect(part('.tmdb')).toEqual(['x.tmdbx.org', 'org.tmdb', 'image.tmdb.org']);
  expect(part('%')).toEqual([]);
});

test('a part that very many names have is found as well', () => {
  const db = logOf(
    query('old.other.org'),
    ...Array.from({ length: 1500 }, (_, i) => query(`x${i}.plex.tv`, { at: NOON + i })),
  );
  expect(searchQueries(db, { name: { kind: 'part', text: '.plex.' }, limit: 1 }).items).toHaveLength(1);
  expect(found(db, { name: { kind: 'part', text: 'x1234.plex' } })).toEqual(['x1234.plex.tv']);
});

test('a search whose time is up says how far it came, and the next one goes on from there', () => {
  const db = logOf(
    query('wanted.org'),
    ...Array.from({ length: 400 }, (_, i) => query('other.org', { at: NOON + (i + 1) * SECOND })),
  );
  let ms = 0;
  // Each look at the clock costs 20 ms.
  const slow = () => (ms += 20);
  const search = { limit: 5, name: { kind: 'exact', name: name('wanted.org') } } as const;
  const first = searchQueries(db, search, slow);
  expect(first.items).toEqual([]);
  expect(first.searchedTo).toBeGreaterThan(NOON);
  let page = first;
  for (let turns = 0; page.searchedTo !== undefined && turns < 1024; turns++) {
    expect(page.items).toEqual([]);
    page = searchQueries(db, { ...search, cursor: page.nextCursor ?? 0 }, slow);
  }
  expect(page.items.map((q) => formatDomainName(q.name))).toEqual(['wanted.org']);
  expect(page.nextCursor).toBeUndefined();
});

test('pages follow the cursor to the end, whatever is written meanwhile', () => {
  const db = logOf(...Array.from({ length: 25 }, (_, i) => query(`n${i}.plex.tv`, { at: NOON + i })));
  const writer = createQueryLogWriter(db.sql);
  const below = { kind: 'below', name: name('plex.tv') } as const;
  for (const search of [{}, { name: below }]) {
    const seen: string[] = [];
    let cursor: number | undefined;
    do {
      const page = searchQueries(db, { ...search, limit: 10, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((q) => formatDomainName(q.name)));
      cursor = page.nextCursor;
      writer.write([query('new.plex.tv', { at: NOON + DAY })]);
    } while (cursor !== undefined);
    expect(seen.filter((n) => n !== 'new.plex.tv')).toEqual(
      Array.from({ length: 25 }, (_, i) => `n${24 - i}.plex.tv`),
    );
  }
});

test('a suffix with very many names is searched as well', () => {
  const db = logOf(
    query('old.other.org'),
    ...Array.from({ length: 1500 }, (_, i) => query(`x${i}.plex.tv`, { at: NOON + i })),
  );
  const page = searchQueries(db, { name: { kind: 'below', name: name('plex.tv') }, limit: 3 });
  expect(page.items.map((q) => formatDomainName(q.name))).toEqual([
    'x1499.plex.tv',
    'x1498.plex.tv',
    'x1497.plex.tv',
  ]);
});

test('thousands of queries in one millisecond and a clock that goes back keep every line', () => {
  const db = queryLogDb();
  const writer = createQueryLogWriter(db.sql);
  writer.write(Array.from({ length: 2500 }, (_, i) => query(`n${i}.org`)));
  writer.write([query('later.org', { at: NOON + SECOND })]);
  writer.write([query('back.org'), query('back2.org')]);
  createQueryLogWriter(db.sql).write([query('other-run.org')]);
  const { items } = searchQueries(db, { limit: 3000 });
  expect(items).toHaveLength(2504);
  expect(new Set(items.map((q) => q.id)).size).toBe(2504);
  expect(Math.max(...items.filter((q) => q.name !== name('later.org')).map((q) => q.at))).toBeLessThanOrEqual(
    NOON + 2,
  );
});

test('a batch that cannot be written leaves nothing, and the next one is whole', () => {
  const db = queryLogDb();
  const writer = createQueryLogWriter(db.sql);
  expect(() => writer.write([query('plex.tv'), query('b.org', { qtype: 0.5 })])).toThrow();
  writer.write([query('plex.tv')]);
  expect(found(db, {})).toEqual(['plex.tv']);
});

test('what is old goes in pieces, and so do names that nothing names any more', () => {
  const db = queryLogDb();
  const writer = createQueryLogWriter(db.sql);
  writer.write(
    Array.from({ length: 10 }, (_, i) =>
      query(`old${i}.org`, { at: NOON - 40 * DAY, answers: [ip(`192.0.2.${i}`)] }),
    ),
  );
  writer.write([query('new.org', { answers: [ip('198.51.100.1')] })]);
  const before = { raw: NOON - 35 * DAY, counts: NOON - 35 * DAY };
  expect(writer.prune(before, 8)).toBe(true);
  expect(writer.prune(before, 8)).toBe(false);
  expect(found(db, {})).toEqual(['new.org']);
  expect(db.all(db.query.selectFrom('names').select('text'))).toEqual([{ text: 'org.new' }]);
  writer.write([query('old1.org')]);
  expect(found(db, {})).toEqual(['old1.org', 'new.org']);
});

test('a reader of its own sees what was committed and cannot write', () => {
  const dir = tempDir();
  const writing = queryLogDb(dir);
  const reading = openQueryLogToRead(dir);
  createQueryLogWriter(writing.sql).write([query('plex.tv')]);
  expect(found(reading, {})).toEqual(['plex.tv']);
  expect(() => createQueryLogWriter(reading.sql).write([query('plex.tv')])).toThrow('may not be written');
  reading.close();
});

test('a search takes any of several types', () => {
  const db = logOf(query('a.example'), query('b.example', { qtype: 28 }), query('c.example', { qtype: 65 }));
  expect(found(db, { qtypes: [1, 65] })).toEqual(['c.example', 'a.example']);
  expect(found(db, { qtypes: [28], name: { kind: 'part', text: 'b.' } })).toEqual(['b.example']);
  expect(found(db, { qtypes: [] })).toEqual([]);
});

test('questions are counted in equal parts of a time, newest first, with what repeats', () => {
  const db = logOf(
    query('a.example', { at: NOON, count: 3 }),
    query('b.example', { at: NOON + SECOND, verdict: 'denied' }),
    query('c.example', { at: NOON + 9 * SECOND, verdict: 'failed' }),
  );
  const over = { since: NOON, until: NOON + 10 * SECOND, parts: 2 };
  expect(countQueries(db, over)).toEqual({
    counted: 2,
    parts: [
      { at: NOON + 5 * SECOND, allowed: 0, denied: 0, failed: 1, lines: 1 },
      { at: NOON, allowed: 3, denied: 1, failed: 0, lines: 2 },
    ],
  });
  expect(countQueries(db, { ...over, verdict: 'denied' }).parts.map(({ lines }) => lines)).toEqual([0, 1]);
  expect(countQueries(db, { ...over, client: ip('192.0.2.1') }).parts.map(({ lines }) => lines)).toEqual([
    0, 0,
  ]);
});

test('counting stops when its moment is over, and goes on where it stopped', () => {
  const db = logOf(query('a.example'), query('b.example', { at: NOON + 9 * SECOND }));
  const over = { since: NOON, until: NOON + 10 * SECOND, parts: 10 };
  let now = 0;
  const slow = () => (now += 60);
  const first = countQueries(db, over, slow);
  expect(first.counted).toBeLessThan(10);
  const rest = countQueries(db, { ...over, counted: first.counted });
  expect([...first.parts, ...rest.parts]).toEqual(countQueries(db, over).parts);
});
