import { beforeEach, describe, expect, test } from 'vitest';
import { followPresets } from '../../src/actions/presets/take.ts';
import type { ExplainedAddress, ExplainedName } from '../../src/actions/reports/explain.ts';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { catalogFolder } from '../../src/catalog-folder.ts';
import { explain } from '../../src/reports/explain.ts';
import type { Group } from '../../src/store/groups.ts';
import { addGroup, updateGroup } from '../../src/store/groups.ts';
import { saveLeases } from '../../src/store/leases.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addRule } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { HOUR, NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const catalog = loadCatalog(catalogFolder());
let db: MainDb;
let plex: Group;

beforeEach(() => {
  db = mainDb();
  plex = addGroup(db, {
    name: 'plex',
    clients: [],
    origin: 'person',
    createdAt: NOON,
    presets: ['plex-core'],
  });
  followPresets(db, catalog, { group: plex, at: NOON, by: 'anna' });
  addGroup(db, { name: 'nas', clients: [], origin: 'person', createdAt: NOON });
});

const ask = explainer();
function explainer() {
  const report = (input: Parameters<ReturnType<typeof explain>>[0]) =>
    explain({ main: db, catalog, clock: manualClock(NOON) })(input);
  return {
    name: (name: string, group?: string) =>
      report({ name, ...(group === undefined ? {} : { group }) }) as ExplainedName,
    address: (address: string) => report({ address: parseIpAddress(address) }) as ExplainedAddress,
  };
}

describe('a name below plex.direct', () => {
  const hash = '0'.repeat(32);
  test('is judged by plexDirect, as no rule decides about it', () => {
    updateGroup(db, plex.id, {
      plexDirect: { hashes: [hash], ownAddresses: [parsePrefix('192.168.20.5')], shared: [] },
    });
    expect(ask.name(`192-168-20-5.${hash}.plex.direct`).groups).toEqual([
      {
        group: 'plex',
        allowed: true,
        denied: false,
        sentence: expect.stringContaining('it is a name of your Plex server'),
      },
      {
        group: 'nas',
        allowed: false,
        denied: true,
        sentence: expect.stringContaining('a foreign Plex server'),
      },
    ]);
    expect(ask.name(`203-0-113-9.${hash}.plex.direct`, 'plex').groups).toMatchObject([
      { allowed: false, denied: true, sentence: expect.stringContaining('risky') },
    ]);
  });
});

describe('a name', () => {
  test('is told with what it is for, what breaks, whose addresses it has, who has it and from where that is known', () => {
    const told = ask.name('downloads.plex.tv');
    expect(told.sentence).toBe(
      "downloads.plex.tv (Plex Media Server: core, required): Codec and EasyAudioEncoder binaries, PMS packages, relay host key, apt signing key. Without it: Playback error 'Conversion failed. A required codec could not be found or failed to install.'; log 'Codecs: Failed to download XML for codec'; in-app update and relay key refresh fail. Its addresses are those of Cloudflare’s anycast network: whoever opens them opens every other site behind Cloudflare on them as well.",
    );
    expect(told.presets).toMatchObject([
      { id: 'plex-core', need: 'required', groups: ['plex'] },
      { id: 'plex-updates', need: 'recommended', groups: [] },
    ]);
    expect(told.presets[0]?.sources).toHaveLength(5);
    expect(told.groups).toMatchObject([
      { group: 'plex', allowed: true, rule: { action: 'allow', pattern: 'downloads.plex.tv' } },
      { group: 'nas', allowed: false, denied: false },
    ]);
    expect(ask.name('downloads.plex.tv', 'nas').groups.map(({ group }) => group)).toEqual(['nas']);
  });

  test('that lives on another type is judged by that', () => {
    const name = '_v2-origintunneld._tcp.argotunnel.com';
    addRule(db, {
      groupId: plex.id,
      action: 'allow',
      pattern: name,
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
    expect(ask.name(name, 'plex').groups[0]).toMatchObject({ allowed: false, denied: false });
    addRule(db, {
      groupId: plex.id,
      action: 'allow',
      pattern: name,
      types: ['SRV'],
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
    expect(ask.name(name, 'plex').groups[0]).toMatchObject({ allowed: true });
  });

  test('that is refused on purpose says so', () => {
    expect(ask.name('metrics.plex.tv').sentence).toContain(
      'Refused on purpose; without it: Nothing visible.',
    );
  });

  test('that nobody knows is not made to look known', () => {
    const told = ask.name('servers-plex.tv');
    expect(told).toMatchObject({ presets: [], ports: [] });
    expect(told.catalog).toBeUndefined();
    expect(told.sentence).toContain('does not know servers-plex.tv');
  });
});

describe('an address', () => {
  const lease = (name: string, address: string) => ({
    groupId: plex.id,
    ruleId: undefined,
    name: parseDomainName(name),
    address: parseIpAddress(address),
    cause: 'answer' as const,
    startedAt: NOON,
    toldUntil: NOON + HOUR,
    until: NOON + HOUR,
  });

  test('is told by the names that led to it', () => {
    saveLeases(db, [lease('images.plex.tv', '104.18.26.211'), lease('other.example', '104.18.26.211')]);
    const told = ask.address('104.18.26.211');
    expect(told.sentence).toBe('2 names led to 104.18.26.211 here.');
    expect(told.names.map(({ name, open, catalog: known }) => [name, open, known?.preset])).toEqual([
      ['other.example', true, undefined],
      ['images.plex.tv', true, 'plex-core'],
    ]);
  });

  test('is told by what is reached there without a name', () => {
    expect(ask.address('172.104.145.70')).toMatchObject({
      sentence: '172.104.145.70 is listed by the catalog: Plex push servers (pubsub).',
      unnamed: [{ preset: 'plex-remote-access', id: 'pubsub', containment: 'list' }],
      names: [],
    });
    expect(ask.address('192.0.2.1').sentence).toContain('sallyport why 192.0.2.1');
  });
});
