import { beforeEach, describe, expect, test } from 'vitest';
import { followPresets } from '../../src/actions/presets/take.ts';
import type { SymptomLook } from '../../src/actions/reports/symptoms.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { findSymptoms } from '../../src/catalog/symptoms.ts';
import { catalogFolder } from '../../src/catalog-folder.ts';
import { symptoms } from '../../src/reports/symptoms.ts';
import { addGroup, type Group, getGroup, updateGroup } from '../../src/store/groups.ts';
import { saveLeases } from '../../src/store/leases.ts';
import type { MainDb, QueryLogDb } from '../../src/store/open.ts';
import { addPin } from '../../src/store/pins.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { addRule } from '../../src/store/rules.ts';
import { mainDb, queryLogDb } from '../store/temp.ts';
import { HOUR, ip, NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(catalogFolder());
let main: MainDb;
let queryLog: QueryLogDb;
let group: Group;

beforeEach(() => {
  main = mainDb();
  queryLog = queryLogDb();
  group = addGroup(main, { name: 'plex', clients: [], origin: 'person', createdAt: NOON, mode: 'enforce' });
});

const take = (...presets: string[]) => {
  updateGroup(main, group.id, { presets });
  followPresets(main, catalog, { group: getGroup(main, group.id), at: NOON, by: 'anna' });
};
function asked(text: string, verdict: 'allowed' | 'denied' | 'failed', at = NOON - HOUR) {
  createQueryLogWriter(queryLog.sql).write([
    {
      at,
      client: ip('192.168.20.5'),
      groupId: group.id,
      name: name(text),
      qtype: 1,
      verdict,
      reason: 'rule',
      ruleId: undefined,
      rcode: 0,
      source: 'local',
      durationUs: 100,
      answers: [],
      count: 1,
    },
  ]);
}
function look(id: string): SymptomLook {
  const run = symptoms({ main, queryLog, catalog, clock: manualClock(NOON) });
  const [report] = run({ ids: [id], group: 'plex', since: NOON - 24 * HOUR });
  if (report?.look === undefined) throw new Error('nothing was looked at');
  return report.look;
}

describe('the codec that could not be installed', () => {
  test('is explained by the name that was refused, with what to do', () => {
    asked('downloads.plex.tv', 'denied', NOON - 2 * HOUR);
    asked('downloads.plex.tv', 'denied');
    expect(look('codec')).toMatchObject({
      verdict: 'refused',
      sentence: 'downloads.plex.tv was refused 2 times, last 2026-11-22T11:00:00.000Z: that is likely it.',
      remedy: 'sallyport presets add plex-core --group plex',
      names: [
        { name: 'servers.plex.tv', allowed: false, open: 0 },
        { name: 'downloads.plex.tv', allowed: false, refused: { count: 2, lastAt: NOON - HOUR } },
      ],
    });
  });

  test('of a group that has the preset, but not the name, by allowing the name', () => {
    take('plex-core');
    addRule(main, {
      groupId: group.id,
      action: 'deny',
      pattern: 'downloads.plex.tv',
      origin: 'person',
      createdAt: NOON - HOUR,
      createdBy: 'anna',
    });
    asked('downloads.plex.tv', 'denied');
    expect(look('codec')).toMatchObject({
      verdict: 'refused',
      remedy: 'sallyport allow downloads.plex.tv --group plex',
      names: [{ allowed: true }, { allowed: false, denied: true, rule: { action: 'deny' } }],
    });
  });

  test('says to try again where nothing was asked yet', () => {
    expect(look('codec')).toMatchObject({
      verdict: 'not-allowed',
      sentence: expect.stringContaining('servers.plex.tv and downloads.plex.tv are not allowed'),
    });
  });

  test('is not blamed on names that learning answers', () => {
    updateGroup(main, group.id, { mode: 'learn' });
    asked('downloads.plex.tv', 'allowed');
    expect(look('codec')).toMatchObject({
      verdict: 'not-allowed',
      sentence: expect.stringContaining('that is not the cause'),
    });
  });

  test('is blamed on a name that a rule refuses while learning, and on no other that was refused before', () => {
    updateGroup(main, group.id, { mode: 'learn' });
    asked('downloads.plex.tv', 'denied');
    expect(look('codec').verdict).toBe('not-allowed');
    addRule(main, {
      groupId: group.id,
      action: 'deny',
      pattern: 'servers.plex.tv',
      origin: 'person',
      createdAt: NOON - HOUR,
      createdBy: 'anna',
    });
    expect(look('codec')).toMatchObject({
      verdict: 'not-allowed',
      sentence: expect.stringMatching(/^servers\.plex\.tv is not allowed; no refusal is on record/),
      remedy: 'sallyport allow servers.plex.tv --group plex',
    });
    asked('servers.plex.tv', 'denied');
    expect(look('codec')).toMatchObject({
      verdict: 'refused',
      sentence: expect.stringMatching(/^servers\.plex\.tv was refused once, last \S+: that is likely it/),
    });
  });

  test('was refused, and is allowed now: again', () => {
    take('plex-core');
    asked('downloads.plex.tv', 'denied');
    expect(look('codec')).toMatchObject({ verdict: 'allowed-since' });
    asked('downloads.plex.tv', 'allowed', NOON - HOUR / 2);
    expect(look('codec').verdict).toBe('elsewhere');
  });

  test('is allowed, and no upstream answers', () => {
    take('plex-core');
    asked('servers.plex.tv', 'allowed');
    asked('downloads.plex.tv', 'failed');
    expect(look('codec')).toMatchObject({
      verdict: 'failed',
      remedy: 'sallyport queries --name downloads.plex.tv',
    });
  });

  test('is allowed, and nobody asks', () => {
    take('plex-core');
    expect(look('codec')).toMatchObject({ verdict: 'not-asked', remedy: 'sallyport doctor' });
  });

  test('is elsewhere when all is allowed, asked and open', () => {
    take('plex-core');
    asked('servers.plex.tv', 'allowed');
    saveLeases(main, [
      {
        groupId: group.id,
        name: name('servers.plex.tv'),
        address: ip('203.0.113.7'),
        ruleId: undefined,
        cause: 'answer',
        startedAt: NOON,
        toldUntil: NOON + HOUR,
        until: NOON + HOUR,
      },
    ]);
    expect(look('codec')).toMatchObject({ verdict: 'elsewhere', names: [{ open: 1 }, { open: 0 }] });
    expect(look('codec').sentence).toBe(
      'All of it is allowed; downloads.plex.tv was not asked lately: the cause is elsewhere.',
    );
    expect(look('codec').remedy).toBeUndefined();
    asked('downloads.plex.tv', 'allowed');
    expect(look('codec').sentence).toBe('All of it is allowed, and was asked: the cause is elsewhere.');
  });
});

test('a revoked share that still works is a matter of addresses without a name', () => {
  take('plex-remote-access');
  asked('pubsub.plex.tv', 'allowed');
  expect(look('revoked-share')).toMatchObject({
    verdict: 'not-open',
    sentence: 'Plex push servers (pubsub): 0 of the 20 addresses the catalog lists are open.',
    unnamed: [{ containment: 'list', addresses: 20, open: 0 }],
  });
  addPin(main, {
    groupId: group.id,
    prefix: parsePrefix('172.104.0.0/16'),
    ports: [],
    note: '',
    until: undefined,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  expect(look('revoked-share').unnamed).toMatchObject([{ open: 4 }]);
});

test('a relay that is never available is not said to be elsewhere: no name leads to it, so nothing opens it', () => {
  take('plex-core');
  asked('downloads.plex.tv', 'allowed');
  addPin(main, {
    groupId: group.id,
    prefix: parsePrefix('0.0.0.0/1'),
    ports: [],
    note: '',
    until: undefined,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  addPin(main, {
    groupId: group.id,
    prefix: parsePrefix('128.0.0.0/1'),
    ports: [],
    note: '',
    until: undefined,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  expect(look('relay')).toMatchObject({
    verdict: 'not-open',
    sentence:
      'Plex Relay cannot be contained by name: a firewall that opens only what is known here does not let it through.',
    remedy: expect.stringContaining('switch Relay off'),
    unnamed: [{ open: 20 }, { containment: 'none' }],
  });
});

describe('indirect connections', () => {
  const hash = '0'.repeat(32);
  const own = (...ownAddresses: string[]) =>
    updateGroup(main, group.id, {
      plexDirect: { hashes: [hash], ownAddresses: ownAddresses.map(parsePrefix), shared: [] },
    });

  test('point to the hash that is not set, and to the address that is not', () => {
    const remedy = 'sallyport plex-direct find --group plex';
    expect(look('indirect')).toMatchObject({
      verdict: 'settings',
      sentence: expect.stringContaining('no hash of a server of yours'),
      remedy,
    });
    own();
    expect(look('indirect')).toMatchObject({
      verdict: 'settings',
      sentence: expect.stringContaining('no address of a server of yours'),
      remedy,
    });
  });

  test('are elsewhere when the name of the server is answered, whatever other servers are refused', () => {
    own('192.168.20.5');
    asked(`192-168-20-5.${hash}.plex.direct`, 'allowed');
    asked(`203-0-113-9.${'1'.repeat(32)}.plex.direct`, 'denied');
    expect(look('indirect')).toMatchObject({
      verdict: 'elsewhere',
      names: [{ name: '*.plex.direct', allowed: true, asked: { count: 1 } }],
    });
  });

  test.each([
    ['an address that is not listed', `192-168-20-6.${hash}.plex.direct`],
    ['another hash', `192-168-20-5.${'1'.repeat(32)}.plex.direct`],
  ])('are explained by %s, which is refused still', (_, text) => {
    own('192.168.20.5');
    asked(text, 'denied');
    expect(look('indirect')).toMatchObject({
      verdict: 'refused',
      remedy: 'sallyport plex-direct find --group plex',
      names: [{ allowed: false, denied: true, refused: { count: 1 } }],
    });
  });
});

test('five seconds point to a group that refuses with REFUSED', () => {
  expect(look('five-seconds').verdict).toBe('elsewhere');
  updateGroup(main, group.id, { refuse: 'refused' });
  expect(look('five-seconds')).toMatchObject({
    verdict: 'settings',
    sentence: expect.stringContaining('musl'),
  });
});

test('a tunnel needs its type', () => {
  asked('_v2-origintunneld._tcp.argotunnel.com', 'denied');
  take('cloudflared');
  expect(look('cloudflared-srv').verdict).toBe('allowed-since');
  take();
  expect(look('cloudflared-srv').remedy).toBe('sallyport presets add cloudflared --group plex');
});

test('without a group only what to look at is told', () => {
  const run = symptoms({ main, queryLog, catalog, clock: manualClock(NOON) });
  const all = run({ ids: catalog.symptoms.map(({ id }) => id), since: 0 });
  expect(all).toHaveLength(24);
  expect(all.every((one) => one.look === undefined)).toBe(true);
  expect(() => run({ ids: ['codec'], group: 'plexx', since: 0 })).toThrow('group plexx');
});

test.each([
  ['codec', ['codec']],
  ['Conversion FAILED', ['codec']],
  ['hevc_decoder', ['codec']],
  ['remote access red', ['remote-access-red']],
  ['posters', ['blank-posters']],
  ['nonsense codec', []],
])('%j finds %j', (text, ids) => {
  expect(findSymptoms(catalog, text).map(({ id }) => id)).toEqual(ids);
});

test('no words find all; what has the word in its title comes first', () => {
  expect(findSymptoms(catalog, ' ')).toHaveLength(24);
  expect(findSymptoms(catalog, 'relay')[0]?.id).toBe('relay');
});
