import { expect, test } from 'vitest';
import type { Lease } from '../../src/ledger/lease.ts';
import { endLeases, leasesEndedSince, listLeases, liveLeases, saveLeases } from '../../src/store/leases.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addRule } from '../../src/store/rules.ts';
import { addSightings, listSightings, sightedInForce } from '../../src/store/sightings.ts';
import { mainDb } from './temp.ts';
import { group, HOUR, ip, MINUTE, NOON, name } from './world.ts';

const lease = (groupId: number, more: Partial<Lease> = {}): Lease => ({
  groupId,
  ruleId: undefined,
  name: name('plex.tv'),
  address: ip('192.0.2.1'),
  cause: 'learn',
  startedAt: NOON,
  toldUntil: NOON + MINUTE,
  until: NOON + HOUR,
  ...more,
});

function allowPlex(db: MainDb, groupId: number, expiresAt?: number): number {
  const rule = { groupId, action: 'allow', pattern: '.plex.tv', origin: 'person', createdAt: NOON } as const;
  return addRule(db, { ...rule, createdBy: 'user:anna', expiresAt }).rule.id;
}

const endedSince = (db: MainDb, since: number) => leasesEndedSince(db, { since, rememberedMs: 72 * HOUR });

test('a live lease is rewritten as the ledger gives it', () => {
  const db = mainDb();
  const { id } = group(db);
  const ruleId = allowPlex(db, id);
  saveLeases(db, [lease(id)]);
  const second = lease(id, { ruleId, cause: 'answer', until: NOON + 2 * HOUR, toldUntil: NOON + 2 * MINUTE });
  saveLeases(db, [second]);
  expect(liveLeases(db)).toEqual([second]);
});

test('an ended lease stays as history, keeps its end, and the next answer begins another', () => {
  const db = mainDb();
  const { id } = group(db);
  saveLeases(db, [lease(id), lease(id, { address: ip('2001:db8::1') })]);
  expect(endLeases(db, [lease(id)], { endedAt: NOON + HOUR, endCause: 'expired' })).toBe(1);
  expect(endLeases(db, [lease(id)], { endedAt: NOON + 2 * HOUR, endCause: 'revoked' })).toBe(0);
  saveLeases(db, [lease(id, { startedAt: NOON + 2 * HOUR })]);
  expect(liveLeases(db).map((l) => [l.address, l.startedAt])).toEqual([
    ['2001:db8::1', NOON],
    ['192.0.2.1', NOON + 2 * HOUR],
  ]);
  expect(listLeases(db, { live: true, limit: 5 }).items.map((l) => l.id)).toEqual([3, 2]);
  expect(listLeases(db, { address: ip('192.0.2.1'), limit: 5 }).items).toMatchObject([
    { id: 3, endedAt: undefined },
    { id: 1, endedAt: NOON + HOUR, endCause: 'expired' },
  ]);
});

test('what is taken over ends and begins in one moment: history names the rule of every time, and no end is remembered', () => {
  const db = mainDb();
  const { id } = group(db);
  const ruleId = allowPlex(db, id);
  saveLeases(db, [lease(id)]);
  const taken = lease(id, { ruleId, cause: 'answer', startedAt: NOON + MINUTE, until: NOON + 2 * HOUR });
  saveLeases(db, [taken], [{ leases: [lease(id)], at: NOON + MINUTE, cause: 'taken-over' }]);
  const at = (moment: number) => listLeases(db, { period: { from: moment, until: moment }, limit: 5 }).items;
  expect(at(NOON + MINUTE - 1)).toMatchObject([{ ruleId: undefined, endCause: 'taken-over' }]);
  expect(at(NOON + MINUTE)).toMatchObject([{ ruleId, cause: 'answer', endedAt: undefined }]);
  expect(endedSince(db, 0)).toEqual([]);
  saveLeases(db, [], [{ leases: [taken], at: NOON + HOUR, cause: 'evicted' }]);
  expect(endedSince(db, 0)).toMatchObject([{ ruleId, endCause: 'evicted', endedAt: NOON + HOUR }]);
});

test('a start remembers what ended lately, and whether its rule was meant to end', () => {
  const db = mainDb();
  const { id } = group(db);
  const forAnHour = allowPlex(db, id, NOON + HOUR);
  saveLeases(db, [
    lease(id),
    lease(id, { ruleId: forAnHour, cause: 'answer', name: name('servers.plex.tv') }),
  ]);
  endLeases(db, [lease(id)], { endedAt: NOON + 1, endCause: 'expired' });
  endLeases(db, [lease(id, { name: name('servers.plex.tv') })], {
    endedAt: NOON + 2,
    endCause: 'rule-ended',
  });
  const ended = { groupId: id, address: ip('192.0.2.1') };
  expect(endedSince(db, NOON)).toEqual([
    {
      ...ended,
      name: name('plex.tv'),
      ruleId: undefined,
      endedAt: NOON + 1,
      endCause: 'expired',
      temporary: false,
    },
    {
      ...ended,
      name: name('servers.plex.tv'),
      ruleId: forAnHour,
      endedAt: NOON + 2,
      endCause: 'rule-ended',
      temporary: true,
    },
  ]);
  expect(endedSince(db, NOON + 1)).toHaveLength(1);
});

test('an end is known to have been of an address that had come back, however long ago it first ended', () => {
  const db = mainDb();
  const { id } = group(db);
  for (const endedAt of [NOON, NOON + 60 * HOUR, NOON + 140 * HOUR]) {
    saveLeases(db, [lease(id, { startedAt: endedAt - HOUR, until: endedAt })]);
    endLeases(db, [lease(id)], { endedAt, endCause: 'expired' });
  }
  // The second came back after 60 hours; of the third nothing was remembered any more.
  const ended = endedSince(db, NOON);
  expect(ended.map(({ endedAt, returned }) => [endedAt, returned])).toEqual([
    [NOON + 60 * HOUR, true],
    [NOON + 140 * HOUR, undefined],
  ]);
});

test('"why was it open then" finds the interval', () => {
  const db = mainDb();
  const { id } = group(db);
  saveLeases(db, [lease(id)]);
  endLeases(db, [lease(id)], { endedAt: NOON + HOUR, endCause: 'expired' });
  saveLeases(db, [lease(id, { startedAt: NOON + 3 * HOUR, name: name('servers.plex.tv') })]);
  const at = (moment: number) =>
    listLeases(db, { address: ip('192.0.2.1'), period: { from: moment, until: moment }, limit: 9 }).items.map(
      (l) => l.id,
    );
  expect(at(NOON - 1)).toEqual([]);
  expect(at(NOON)).toEqual([1]);
  expect(at(NOON + HOUR)).toEqual([]);
  expect(at(NOON + 4 * HOUR)).toEqual([2]);
  expect(listLeases(db, { name: name('servers.plex.tv'), groupId: id, limit: 9 }).items).toHaveLength(1);
  expect(listLeases(db, { limit: 1 })).toMatchObject({ items: [{ id: 2 }], nextCursor: 2 });
});

test('a batch with one bad lease writes none of it', () => {
  const db = mainDb();
  const { id } = group(db);
  expect(() => saveLeases(db, [lease(id), lease(id, { ruleId: 4711, name: name('b.org') })])).toThrow(
    'FOREIGN KEY',
  );
  expect(liveLeases(db)).toEqual([]);
});

test('what was sighted and is still good is found once for each name and address', () => {
  const db = mainDb();
  const { id: groupId } = group(db);
  const sighted = (at: number, ttlS: number, address = '192.0.2.1') => ({
    at,
    groupId,
    ruleId: undefined,
    name: name('plex.tv'),
    chain: [],
    upstream: 'udp://192.0.2.53:53',
    records: [{ address: ip(address), ttlS }],
  });
  addSightings(db, [
    sighted(NOON, 60),
    sighted(NOON + 1000, 60),
    sighted(NOON - 60_000, 60, '192.0.2.2'),
    sighted(NOON, 2_000_000_000, '192.0.2.3'),
  ]);
  const found = (limit: number) => sightedInForce(db, { groupId, now: NOON + 2000, limit });
  expect(found(9)).toEqual([
    { name: name('plex.tv'), address: '192.0.2.3', goodUntil: NOON + 2000 + 24 * HOUR },
    { name: name('plex.tv'), address: '192.0.2.1', goodUntil: NOON + 61_000 },
  ]);
  expect(found(1)).toHaveLength(1);
  expect(sightedInForce(db, { groupId: groupId + 1, now: NOON, limit: 9 })).toEqual([]);
});

test('of what was sighted in a pause, only what a rule allowed is in force after it', () => {
  const db = mainDb();
  const { id: groupId } = group(db);
  const sighted = (at: number, address: string, ruleId?: number) => ({
    at,
    groupId,
    ruleId,
    name: name('plex.tv'),
    chain: [],
    upstream: 'udp://192.0.2.53:53',
    records: [{ address: ip(address), ttlS: 3600 }],
  });
  const pause = { from: NOON, until: NOON + MINUTE };
  addSightings(db, [
    sighted(pause.from - 1, '192.0.2.1'),
    // A worker may hear of the pause when it has begun.
    sighted(pause.from + 500, '192.0.2.2'),
    sighted(pause.from + 30_000, '192.0.2.3'),
    sighted(pause.until, '192.0.2.4'),
    sighted(pause.from + 30_000, '192.0.2.5', 7),
    sighted(pause.until + 1, '192.0.2.6'),
  ]);
  const found = sightedInForce(db, { groupId, now: NOON + 2 * MINUTE, limit: 9, without: [pause] });
  expect(found.map(({ address }) => address).toSorted()).toEqual([
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.5',
    '192.0.2.6',
  ]);
});

test('sightings are found by name and by address, newest first', () => {
  const db = mainDb();
  const { id } = group(db);
  const answer = (at: number, text: string) => ({
    at,
    groupId: id,
    ruleId: undefined,
    name: name(text),
    chain: [name('cdn.example.net'), name('a\\032b.example.net')],
    upstream: 'udp://192.168.1.1',
  });
  const one = { address: ip('192.0.2.1'), ttlS: 300 };
  const two = { address: ip('192.0.2.2'), ttlS: 20 };
  addSightings(db, [
    { ...answer(NOON, 'plex.tv'), records: [one, two] },
    { ...answer(NOON + 2, 'other.tv'), records: [one] },
  ]);
  expect(listSightings(db, { name: name('plex.tv'), limit: 5 }).items).toEqual([
    { id: 2, ...answer(NOON, 'plex.tv'), ...two },
    { id: 1, ...answer(NOON, 'plex.tv'), ...one },
  ]);
  expect(
    listSightings(db, { address: ip('192.0.2.1'), groupId: id, since: NOON + 1, limit: 5 }).items.map(
      (s) => s.id,
    ),
  ).toEqual([3]);
  expect(listSightings(db, { limit: 2 }).nextCursor).toBe(2);
  expect(listSightings(db, { limit: 2, cursor: 2 }).items.map((s) => s.id)).toEqual([1]);
});
