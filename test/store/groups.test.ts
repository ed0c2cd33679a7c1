import { expect, test } from 'vitest';
import {
  addClient,
  addGroup,
  allGroupNames,
  findGroupByName,
  getGroup,
  listGroups,
  removeClient,
  removeGroup,
  updateGroup,
} from '../../src/store/groups.ts';
import { listLeases, saveLeases } from '../../src/store/leases.ts';
import { addRule, rulesInForce } from '../../src/store/rules.ts';
import { mainDb } from './temp.ts';
import { group, HOUR, ip, MINUTE, NOON, name, prefix } from './world.ts';

test('a group that says nothing starts in learn with the defaults', () => {
  const db = mainDb();
  const made = addGroup(db, { name: 'plex', clients: [], origin: 'person', createdAt: NOON });
  expect(getGroup(db, made.id)).toEqual({
    id: made.id,
    name: 'plex',
    clients: [],
    mode: 'learn',
    pausedUntil: undefined,
    refuse: 'nxdomain',
    ipv6: true,
    holdLimitMs: 4500,
    onHoldLimit: 'answer',
    graceMs: 10 * MINUTE,
    headroomMs: 10 * MINUTE,
    learnAlias: true,
    enforceOverride: false,
    presets: [],
    plexDirect: { hashes: [], ownAddresses: [], shared: [] },
    origin: 'person',
    createdAt: NOON,
  });
});

test('a change leaves the rest as it was', () => {
  const db = mainDb();
  const { id } = group(db, 'plex', '192.168.20.5');
  updateGroup(db, id, {
    mode: 'enforce',
    ipv6: false,
    plexDirect: {
      hashes: ['0f'],
      ownAddresses: [prefix('192.168.20.5')],
      shared: [{ hash: 'aa', addresses: [ip('203.0.113.9')], note: 'Bo' }],
    },
  });
  expect(updateGroup(db, id, { pausedUntil: NOON + HOUR })).toMatchObject({
    name: 'plex',
    mode: 'enforce',
    ipv6: false,
    pausedUntil: NOON + HOUR,
    plexDirect: {
      hashes: ['0f'],
      ownAddresses: [prefix('192.168.20.5')],
      shared: [{ hash: 'aa', addresses: [ip('203.0.113.9')], note: 'Bo' }],
    },
    clients: [prefix('192.168.20.5')],
  });
});

test('the same prefix in two groups is refused, and both are named', () => {
  const db = mainDb();
  group(db, 'plex', '192.168.20.0/24');
  const other = group(db, 'arr');
  expect(() => addClient(db, other.id, prefix('192.168.20.7/24'))).toThrow(
    expect.objectContaining({
      code: 'client-in-two-groups',
      message: '192.168.20.0/24 is in group plex already',
      hint: expect.stringContaining('Take it out of plex before it goes into arr'),
    }),
  );
  expect(() => group(db, 'third', '10.0.0.1', '192.168.20.0/24')).toThrow('192.168.20.0/24 is in group plex');
  expect(findGroupByName(db, 'third')).toBeUndefined();
});

test('a longer prefix may be in another group, and an IPv4-mapped client counts as IPv4', () => {
  const db = mainDb();
  group(db, 'lan', '192.168.20.0/24');
  const plex = group(db, 'plex', '192.168.20.5');
  expect(() => group(db, 'again', '::ffff:192.168.20.5')).toThrow('192.168.20.5 is in group plex already');
  addClient(db, plex.id, prefix('::ffff:192.168.20.5'));
  expect(getGroup(db, plex.id).clients).toEqual([prefix('192.168.20.5')]);
});

test('a client can be taken out and put elsewhere', () => {
  const db = mainDb();
  const plex = group(db, 'plex', '192.168.20.5');
  const arr = group(db, 'arr');
  expect(removeClient(db, plex.id, prefix('192.168.20.5'))).toBe(true);
  expect(removeClient(db, plex.id, prefix('192.168.20.5'))).toBe(false);
  addClient(db, arr.id, prefix('192.168.20.5'));
  expect(listGroups(db).map((g) => [g.name, g.clients.length])).toEqual([
    ['plex', 0],
    ['arr', 1],
  ]);
});

test('a removed group frees its name and clients, and history still names it', () => {
  const db = mainDb();
  const old = group(db, 'plex', '192.168.20.5');
  addRule(db, {
    groupId: old.id,
    action: 'allow',
    pattern: 'plex.tv',
    origin: 'person',
    createdAt: NOON,
    createdBy: 'user:anna',
  });
  saveLeases(db, [
    {
      groupId: old.id,
      ruleId: 1,
      name: name('plex.tv'),
      address: ip('192.0.2.1'),
      cause: 'answer',
      startedAt: NOON,
      toldUntil: NOON + MINUTE,
      until: NOON + HOUR,
    },
  ]);
  removeGroup(db, old.id, { at: NOON + 1, by: 'user:anna' });

  const again = group(db, 'plex', '192.168.20.5');
  expect(again.id).not.toBe(old.id);
  expect(rulesInForce(db, NOON + 2)).toEqual([]);
  expect(listLeases(db, { address: ip('192.0.2.1'), limit: 10 }).items).toHaveLength(1);
  expect(allGroupNames(db).get(old.id)).toBe('plex');
  expect(() => getGroup(db, old.id)).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('two groups of one name are refused', () => {
  const db = mainDb();
  group(db, 'plex');
  const arr = group(db, 'arr');
  expect(() => group(db, 'plex')).toThrow(expect.objectContaining({ code: 'name-taken' }));
  expect(() => updateGroup(db, arr.id, { name: 'plex' })).toThrow(
    expect.objectContaining({ code: 'name-taken' }),
  );
  expect(updateGroup(db, arr.id, { name: 'arr' }).name).toBe('arr');
});
