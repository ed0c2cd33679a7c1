import { expect, test } from 'vitest';
import { TYPE } from '../../src/dns/wire/constants.ts';
import { MAX_DENIAL_ROWS_PER_DAY, OTHER_NAMES } from '../../src/store/denial-days.ts';
import {
  countDenials,
  countWaiting,
  decideDenial,
  decideDenials,
  getDenial,
  listDenials,
  muteDenial,
  unmuteDenial,
} from '../../src/store/denials.ts';
import type { MainDb } from '../../src/store/open.ts';
import { MAX_DENIALS_PER_GROUP, type Refusals, recordDenials } from '../../src/store/refusals.ts';
import { addRule } from '../../src/store/rules.ts';
import { mainDb } from './temp.ts';
import { DAY, group, HOUR, ip, MINUTE, NOON, name } from './world.ts';

const refused = (groupId: number, more: Partial<Refusals> & { readonly at?: number } = {}): Refusals => ({
  groupId,
  name: name('tracker.example.org'),
  qtype: TYPE.A,
  client: ip('192.168.20.5'),
  reason: 'no-rule',
  ruleId: undefined,
  count: 1,
  firstAt: more.at ?? NOON,
  lastAt: more.at ?? NOON,
  ...more,
});

function days(db: MainDb) {
  return db.all(
    db.query
      .selectFrom('denial_days')
      .select(['day', 'name', 'qtype', 'count'])
      .orderBy('day')
      .orderBy('qtype'),
  );
}

test('one row per name collects types, clients and counts; the days are counted apart', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id), refused(id, { qtype: TYPE.AAAA, at: NOON + 5 })]);
  recordDenials(db, [refused(id, { at: NOON + DAY, client: ip('192.168.20.6'), count: 3 })]);
  expect(listDenials(db, { limit: 10 }).items).toEqual([
    {
      id: 1,
      groupId: id,
      name: name('tracker.example.org'),
      state: 'waiting',
      reason: 'no-rule',
      ruleId: undefined,
      qtypes: ['A', 'AAAA'],
      lastClient: '192.168.20.6',
      count: 5,
      firstAt: NOON,
      lastAt: NOON + DAY,
      decidedAt: undefined,
      decidedBy: undefined,
    },
  ]);
  expect(days(db)).toEqual([
    { day: '2026-11-22', name: 'tracker.example.org', qtype: 'A', count: 1 },
    { day: '2026-11-22', name: 'tracker.example.org', qtype: 'AAAA', count: 1 },
    { day: '2026-11-23', name: 'tracker.example.org', qtype: 'A', count: 3 },
  ]);
});

test('a decision is made once', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id)]);
  expect(decideDenial(db, 1, { at: NOON, by: 'user:anna' })).toBe(true);
  expect(decideDenial(db, 1, { at: NOON, by: 'user:ben' })).toBe(false);
  expect(getDenial(db, 1)).toMatchObject({ state: 'decided', decidedBy: 'user:anna' });
  expect(countWaiting(db)).toBe(0);
});

test('a name decided long ago waits again when it is refused again; refusals on their way do not count', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id)]);
  decideDenial(db, 1, { at: NOON, by: 'user:anna' });
  recordDenials(db, [refused(id, { at: NOON + 200 })]);
  expect(getDenial(db, 1).state).toBe('decided');
  recordDenials(db, [refused(id, { at: NOON + HOUR })]);
  expect(getDenial(db, 1).state).toBe('waiting');
});

test('what a deny rule refuses waits for nobody', () => {
  const db = mainDb();
  const { id } = group(db);
  const { rule } = addRule(db, {
    groupId: id,
    action: 'deny',
    pattern: 'tracker.example.org',
    origin: 'person',
    createdAt: NOON,
    createdBy: 'user:anna',
  });
  recordDenials(db, [refused(id, { ruleId: rule.id, reason: 'deny-rule' })]);
  expect(listDenials(db, { state: 'decided', limit: 1 }).items[0]).toMatchObject({
    ruleId: rule.id,
    reason: 'deny-rule',
  });
  recordDenials(db, [refused(id, { at: NOON + MINUTE, name: name('other.example.org') })]);
  recordDenials(db, [refused(id, { at: NOON + MINUTE })]);
  expect(countWaiting(db)).toBe(2);
});

test('a type that an allowed name may not be asked for waits for a person', () => {
  const db = mainDb();
  const { id } = group(db);
  const { rule } = addRule(db, {
    groupId: id,
    action: 'allow',
    pattern: 'tracker.example.org',
    origin: 'person',
    createdAt: NOON,
    createdBy: 'user:anna',
  });
  recordDenials(db, [refused(id, { ruleId: rule.id, reason: 'qtype', qtype: TYPE.SRV })]);
  expect(listDenials(db, { state: 'waiting', limit: 1 }).items).toMatchObject([
    { ruleId: rule.id, reason: 'qtype', qtypes: ['SRV'] },
  ]);
});

test('a muted name stays muted, can still be approved, and comes back when unmuted', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id), refused(id, { name: name('b.example.org') })]);
  expect(muteDenial(db, 1)).toBe(true);
  expect(muteDenial(db, 1)).toBe(false);
  recordDenials(db, [refused(id, { at: NOON + HOUR })]);
  expect(getDenial(db, 1)).toMatchObject({ state: 'muted', count: 2 });
  expect(unmuteDenial(db, 1)).toBe(true);
  expect(decideDenials(db, [1, 2, 99], { at: NOON + HOUR, by: 'user:anna' })).toBe(2);
});

test('pages follow the cursor within a state', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(
    db,
    ['a', 'b', 'c', 'd'].map((label) => refused(id, { name: name(`${label}.org`) })),
  );
  muteDenial(db, 2);
  const first = listDenials(db, { state: 'waiting', groupId: id, limit: 2 });
  expect(first).toMatchObject({ items: [{ id: 4 }, { id: 3 }], nextCursor: { lastAt: NOON, id: 3 } });
  expect(listDenials(db, { state: 'waiting', limit: 2, cursor: { lastAt: NOON, id: 3 } })).toEqual({
    items: [expect.objectContaining({ id: 1 })],
  });
});

test('what was refused last stands first, however long ago it was refused first', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [
    refused(id, { name: name('a.org'), at: NOON }),
    refused(id, { name: name('b.org'), at: NOON + 1 }),
    refused(id, { name: name('c.org'), at: NOON + 2 }),
  ]);
  recordDenials(db, [refused(id, { name: name('a.org'), at: NOON + HOUR })]);
  const first = listDenials(db, { limit: 2 });
  expect(first).toMatchObject({ items: [{ id: 1 }, { id: 3 }], nextCursor: { lastAt: NOON + 2, id: 3 } });
  // Refused between two pages: what is on the next page stays there.
  recordDenials(db, [refused(id, { name: name('c.org'), at: NOON + DAY })]);
  expect(listDenials(db, { limit: 2, cursor: { lastAt: NOON + 2, id: 3 } }).items).toMatchObject([{ id: 2 }]);
});

test('a part of the name finds it, and all that match are counted', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(
    db,
    ['image.tmdb.org', 'api.tmdb.org', 'plex.tv'].map((text) => refused(id, { name: name(text) })),
  );
  expect(listDenials(db, { part: 'tmdb', limit: 1 }).items).toMatchObject([{ id: 2 }]);
  expect(countDenials(db, { part: 'tmdb' })).toBe(2);
  expect(countDenials(db, { part: '%' })).toBe(0);
  expect(countDenials(db, { part: 'e', state: 'waiting', groupId: id })).toBe(2);
});

test('a name whose label holds a dot is not the name that looks like it', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id, { name: name('a\\.b.org') }), refused(id, { name: name('a.b.org') })]);
  expect(listDenials(db, { limit: 5 }).items.map((d) => d.name)).toEqual([
    name('a.b.org'),
    name('a\\.b.org'),
  ]);
});

test('a client that makes names up drives out its own names, not those that are asked often', () => {
  const db = mainDb();
  const { id } = group(db);
  recordDenials(db, [refused(id, { count: 2 })]);
  const made = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      refused(id, { name: name(`x${from + i}.example.org`), at: NOON + from + i }),
    );
  recordDenials(db, made(0, MAX_DENIALS_PER_GROUP + 500));
  expect(countWaiting(db)).toBe(MAX_DENIALS_PER_GROUP);
  expect(getDenial(db, 1).name).toBe(name('tracker.example.org'));

  recordDenials(db, made(20_000, 20_000 + MAX_DENIAL_ROWS_PER_DAY));
  const other = db.first(db.query.selectFrom('denial_days').selectAll().where('name', '=', OTHER_NAMES));
  expect(other?.count).toBe(1 + MAX_DENIALS_PER_GROUP + 500);
});
