import { expect, test } from 'vitest';
import { TYPE } from '../../src/dns/wire/constants.ts';
import { appendAudit, listAudit } from '../../src/store/audit.ts';
import { AGGREGATE_DAYS, RAW_DAYS } from '../../src/store/days-kept.ts';
import { ensureFirewall, ensureListToken, listFirewalls, markFirstRead } from '../../src/store/firewalls.ts';
import { readHeartbeat, writeHeartbeat } from '../../src/store/heartbeat.ts';
import { endLeases, listLeases, saveLeases } from '../../src/store/leases.ts';
import {
  addPin,
  endPin,
  expireDuePins,
  nextPinExpiry,
  pinsInForce,
  pinsOfAddress,
} from '../../src/store/pins.ts';
import { recordDenials } from '../../src/store/refusals.ts';
import { pruneMain } from '../../src/store/retention.ts';
import { changesOf, firstRunSince, getRun, listRuns, recordRun } from '../../src/store/runs.ts';
import {
  addSession,
  endOldSessions,
  endSession,
  findSession,
  touchSession,
} from '../../src/store/sessions.ts';
import { allSettings, deleteSetting, readSetting, writeSetting } from '../../src/store/settings.ts';
import { addSightings, listSightings } from '../../src/store/sightings.ts';
import {
  forgetUnknownClient,
  listUnknownClients,
  MAX_NAMES_PER_CLIENT,
  MAX_UNKNOWN_CLIENTS,
  namesOfUnknownClient,
  recordUnknownClients,
} from '../../src/store/unknown-clients.ts';
import { addUser, countUsers, findUser, setPassword } from '../../src/store/users.ts';
import { mainDb } from './temp.ts';
import { DAY, group, HOUR, ip, NOON, name, prefix } from './world.ts';

test('settings keep JSON values', () => {
  const db = mainDb();
  writeSetting(db, 'sync', { schedule: '* * * * *' });
  writeSetting(db, 'neverList', ['100.100.0.0/16']);
  writeSetting(db, 'neverList', []);
  expect(readSetting(db, 'sync')).toEqual({ schedule: '* * * * *' });
  deleteSetting(db, 'sync');
  expect(allSettings(db)).toEqual({ neverList: [] });
  expect(readSetting(db, 'sync')).toBeUndefined();
});

test('the heartbeat is one row', () => {
  const db = mainDb();
  expect(readHeartbeat(db)).toBeUndefined();
  writeHeartbeat(db, { wallMs: NOON, bootId: 'a', uptimeMs: 5 });
  writeHeartbeat(db, { wallMs: NOON + 5, bootId: 'a', uptimeMs: 10 });
  expect(readHeartbeat(db)).toEqual({ wallMs: NOON + 5, bootId: 'a', uptimeMs: 10 });
});

test('a session signs its user in until it is ended, gets old, or the password changes', () => {
  const db = mainDb();
  const anna = addUser(db, { name: 'anna', passwordHash: '$argon2id$1', role: 'admin', createdAt: NOON });
  expect(() => addUser(db, { name: 'anna', passwordHash: '', role: 'viewer', createdAt: NOON })).toThrow(
    expect.objectContaining({ code: 'name-taken' }),
  );
  expect(countUsers(db)).toBe(1);
  const signIn = (tokenHash: string, at = NOON) =>
    addSession(db, { tokenHash, userId: anna.id, at, fromAddress: '192.168.1.9', userAgent: 'Firefox' });
  signIn('a');
  expect(findSession(db, 'a')).toEqual({
    tokenHash: 'a',
    user: anna,
    createdAt: NOON,
    lastSeenAt: NOON,
    fromAddress: '192.168.1.9',
    userAgent: 'Firefox',
  });
  endSession(db, 'a');
  expect(findSession(db, 'a')).toBeUndefined();

  signIn('used', NOON + 1);
  signIn('old');
  touchSession(db, 'used', NOON + HOUR);
  expect(endOldSessions(db, NOON + 1)).toBe(1);
  expect(findSession(db, 'used')).toMatchObject({ lastSeenAt: NOON + HOUR });
  setPassword(db, anna.id, '$argon2id$2');
  expect(findSession(db, 'used')).toBeUndefined();
  expect(findUser(db, 'anna')?.passwordHash).toBe('$argon2id$2');
});

test('a new host is shown with how much it asked', () => {
  const db = mainDb();
  const asked = (client: string, lastAt: number, ...names: string[]) => ({
    client: ip(client),
    names: names.map(name),
    count: names.length,
    lastAt,
  });
  recordUnknownClients(db, [asked('192.168.20.5', NOON, 'a.org', 'b.org', 'a.org')]);
  recordUnknownClients(db, [asked('192.168.20.5', NOON + 3, 'b.org'), asked('10.0.0.1', NOON, 'a.org')]);
  expect(listUnknownClients(db)).toEqual([
    { address: '192.168.20.5', firstAt: NOON, lastAt: NOON + 3, queries: 4, names: 2 },
    { address: '10.0.0.1', firstAt: NOON, lastAt: NOON, queries: 1, names: 1 },
  ]);
  expect(namesOfUnknownClient(db, ip('192.168.20.5'))).toEqual([name('a.org'), name('b.org')]);
  expect(forgetUnknownClient(db, ip('192.168.20.5'))).toBe(true);
  expect(namesOfUnknownClient(db, ip('192.168.20.5'))).toEqual([]);
});

test('forged senders and made-up names fill neither list', () => {
  const db = mainDb();
  const from = (i: number) => ({
    client: ip(`10.1.${i >> 8}.${i & 255}`),
    names: [name('a.org')],
    count: 1,
    lastAt: NOON,
  });
  recordUnknownClients(
    db,
    Array.from({ length: MAX_UNKNOWN_CLIENTS + 50 }, (_, i) => from(i)),
  );
  expect(listUnknownClients(db)).toHaveLength(MAX_UNKNOWN_CLIENTS);
  const names = Array.from({ length: MAX_NAMES_PER_CLIENT + 50 }, (_, i) => name(`x${i}.org`));
  recordUnknownClients(db, [{ ...from(0), names }]);
  expect(namesOfUnknownClient(db, ip('10.1.0.0'))).toHaveLength(MAX_NAMES_PER_CLIENT);
});

test('a pin is replaced, expires and can be taken away', () => {
  const db = mainDb();
  const { id } = group(db);
  const pin = {
    groupId: id,
    prefix: prefix('198.41.192.7'),
    ports: [7844],
    note: 'cloudflared',
    until: NOON + HOUR,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  } as const;
  const live = { endedAt: undefined, endedBy: undefined };
  addPin(db, { ...pin, note: 'first' });
  expect(addPin(db, { ...pin, createdAt: NOON + HOUR })).toEqual({ id: 1, ...pin, ...live });
  const net = addPin(db, { ...pin, prefix: prefix('198.41.200.0/24'), ports: [], until: undefined });
  expect(pinsInForce(db, NOON).map((p) => p.id)).toEqual([1, net.id]);
  expect(pinsInForce(db, NOON + HOUR).map((p) => p.id)).toEqual([net.id]);
  expect(nextPinExpiry(db)).toBe(NOON + HOUR);
  expect(expireDuePins(db, NOON + 2 * HOUR)).toMatchObject([{ note: 'cloudflared', endedAt: NOON + HOUR }]);
  expect(nextPinExpiry(db)).toBeUndefined();
  const ending = { at: NOON, by: 'anna' };
  expect(endPin(db, net.id, ending)).toEqual({ ...net, endedAt: NOON, endedBy: 'anna' });
  expect(addPin(db, pin).id).toBe(net.id + 1);
  expect(pinsOfAddress(db, ip('198.41.192.7'), 10)).toHaveLength(2);
  expect(() => endPin(db, net.id, ending)).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('another alias under the same name forgets what the old one held', () => {
  const db = mainDb();
  const edge = ensureFirewall(db, { name: 'edge', driver: 'opnsense', alias: 'plexfw_live' });
  markFirstRead(db, edge.id, NOON);
  markFirstRead(db, edge.id, NOON + 1);
  expect(ensureFirewall(db, edge)).toEqual({ ...edge, firstReadAt: NOON });
  expect(ensureFirewall(db, { ...edge, alias: 'other' })).toEqual({
    ...edge,
    alias: 'other',
    firstReadAt: undefined,
  });
  expect(listFirewalls(db)).toHaveLength(1);
});

test('the token of a list is made once, and anew for another alias', () => {
  const db = mainDb();
  const edge = ensureFirewall(db, { name: 'edge', driver: 'feed', alias: 'plex' });
  let made = 0;
  const make = () => `token ${++made}`;
  expect(ensureListToken(db, edge.id, make)).toBe('token 1');
  expect(ensureListToken(db, ensureFirewall(db, edge).id, make)).toBe('token 1');
  expect(ensureListToken(db, ensureFirewall(db, { ...edge, alias: 'other' }).id, make)).toBe('token 2');
});

test('a run is recorded with what it touched', () => {
  const db = mainDb();
  const edge = ensureFirewall(db, { name: 'edge', driver: 'memory', alias: 'a' });
  const run = {
    firewallId: edge.id,
    trigger: 'nudge',
    startedAt: NOON,
    finishedAt: NOON + 40,
    outcome: 'applied',
    detail: '',
    desired: 3,
    current: 2,
  } as const;
  const added = { address: ip('192.0.2.1'), change: 'add', cause: 'answer', confirmed: true } as const;
  const removed = { address: ip('192.0.2.9'), change: 'remove', cause: 'expired', confirmed: false } as const;
  recordRun(db, run, [added, removed]);
  const second = recordRun(db, { ...run, trigger: 'schedule', outcome: 'held' }, []);
  expect(getRun(db, 1)).toEqual({ run: { id: 1, ...run }, changes: [added, removed] });
  expect(changesOf(db, { address: ip('192.0.2.1'), newestFirst: true, limit: 5 })).toEqual([
    { ...added, run: { id: 1, ...run } },
  ]);
  expect(firstRunSince(db, run.finishedAt)).toBe(1);
  expect(firstRunSince(db, run.finishedAt + 1)).toBeUndefined();
  expect(listRuns(db, { firewallId: edge.id, limit: 1 })).toEqual({ items: [second], nextCursor: 2 });
  expect(listRuns(db, { limit: 1, cursor: 2 }).items.map((r) => r.id)).toEqual([1]);
});

test('the audit is searched in letters of either size, of any script', () => {
  const db = mainDb();
  const entry = { at: NOON, actor: 'cli', action: 'rule.note', origin: '' };
  appendAudit(db, { ...entry, subject: 'plex bücher.example', note: 'Über Ελλάδα' });
  appendAudit(db, { ...entry, subject: 'plex plex.tv', note: '100%' });
  for (const text of ['Über', 'über', 'ÜBER', 'ελλάδα', 'BÜCHER', '.EXAMPLE']) {
    expect(listAudit(db, { text, limit: 5 }).items.map(({ id }) => id)).toEqual([1]);
  }
  expect(listAudit(db, { text: '0%', limit: 5 }).items.map(({ id }) => id)).toEqual([2]);
});

test('the audit is listed by who, what and on what', () => {
  const db = mainDb();
  appendAudit(db, {
    at: NOON,
    actor: 'user:anna',
    action: 'rule.allow',
    subject: 'rule 1',
    after: { pattern: 'plex.tv' },
    origin: '192.168.1.9',
  });
  appendAudit(db, {
    at: NOON + 1,
    actor: 'cli',
    action: 'group.mode',
    subject: 'group plex',
    before: 'learn',
    after: 'enforce',
    note: 'override',
  });
  expect(listAudit(db, { limit: 5 }).items.map((e) => e.id)).toEqual([2, 1]);
  expect(listAudit(db, { actor: 'user:anna', limit: 5 }).items).toEqual([
    {
      id: 1,
      at: NOON,
      actor: 'user:anna',
      action: 'rule.allow',
      subject: 'rule 1',
      before: null,
      after: { pattern: 'plex.tv' },
      note: '',
      origin: '192.168.1.9',
    },
  ]);
  expect(
    listAudit(db, { action: 'group.mode', subject: 'group plex', cursor: 9, limit: 5 }).items,
  ).toHaveLength(1);
});

test('raw sightings go after 35 days, what explains the past after 13 months', () => {
  const db = mainDb();
  const { id } = group(db);
  const lease = {
    groupId: id,
    ruleId: undefined,
    name: name('a.org'),
    address: ip('192.0.2.1'),
    cause: 'learn',
    startedAt: 0,
    toldUntil: 0,
    until: 0,
  } as const;
  const edge = ensureFirewall(db, { name: 'edge', driver: 'memory', alias: 'a' });
  for (const at of [NOON - (AGGREGATE_DAYS + 1) * DAY, NOON - (RAW_DAYS + 1) * DAY, NOON]) {
    addSightings(db, [
      {
        at,
        groupId: id,
        ruleId: undefined,
        name: name('a.org'),
        chain: [],
        upstream: 'u',
        records: [{ address: ip('192.0.2.1'), ttlS: 1 }],
      },
    ]);
    saveLeases(db, [lease]);
    endLeases(db, [lease], { endedAt: at, endCause: 'expired' });
    recordDenials(db, [
      {
        groupId: id,
        name: name(`d${at}.org`),
        qtype: TYPE.A,
        client: ip('10.0.0.1'),
        reason: 'no-rule',
        ruleId: undefined,
        count: 1,
        firstAt: at,
        lastAt: at,
      },
    ]);
    recordRun(
      db,
      {
        firewallId: edge.id,
        trigger: 'start',
        startedAt: at,
        finishedAt: at,
        outcome: 'applied',
        detail: '',
        desired: 0,
        current: 0,
      },
      [{ address: ip('192.0.2.1'), change: 'add', cause: 'learn', confirmed: true }],
    );
    appendAudit(db, { at, actor: 'system', action: 'start', subject: '' });
  }
  saveLeases(db, [lease]);
  recordUnknownClients(db, [
    { client: ip('10.0.0.9'), names: [name('a.org')], count: 1, lastAt: NOON - 40 * DAY },
  ]);

  while (pruneMain(db, NOON, 1).more);
  expect(listSightings(db, { limit: 9 }).items).toHaveLength(1);
  expect(listLeases(db, { limit: 9 }).items).toHaveLength(3);
  expect(db.all(db.query.selectFrom('denials').select('id'))).toHaveLength(2);
  expect(db.all(db.query.selectFrom('denial_days').select('day'))).toHaveLength(2);
  expect(listRuns(db, { limit: 9 }).items).toHaveLength(2);
  expect(changesOf(db, { address: ip('192.0.2.1'), newestFirst: false, limit: 9 })).toHaveLength(2);
  expect(listAudit(db, { limit: 9 }).items).toHaveLength(2);
  expect(listUnknownClients(db)).toEqual([]);
  expect(pruneMain(db, NOON)).toEqual({ rows: 0, more: false });
});
