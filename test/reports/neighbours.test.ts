import { expect, test } from 'vitest';
import { followPresets } from '../../src/actions/presets/take.ts';
import { type DomainName, formatDomainName } from '../../src/base/domain-name.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { catalogFolder } from '../../src/catalog-folder.ts';
import { neighbours } from '../../src/reports/neighbours.ts';
import { addGroup } from '../../src/store/groups.ts';
import { usesOf } from '../../src/store/querylog/uses.ts';
import { createQueryLogWriter } from '../../src/store/querylog/writer.ts';
import { mainDb, queryLogDb } from '../store/temp.ts';
import { HOUR, ip, NOON, name } from '../store/world.ts';

const catalog = loadCatalog(catalogFolder());

function house({ presets = ['plex-core'] as readonly string[] } = {}) {
  const main = mainDb();
  const queryLog = queryLogDb();
  const write = createQueryLogWriter(queryLog.sql).write;
  const made = ['plex', 'nas'].map((group) =>
    addGroup(main, { name: group, clients: [], origin: 'person', createdAt: NOON, presets }),
  );
  for (const group of made) followPresets(main, catalog, { group, at: NOON, by: 'anna' });
  const [plex, nas] = made.map(({ id }) => id);
  return {
    queryLog,
    plex: plex ?? 0,
    asked: (text: string, verdict: 'allowed' | 'denied' = 'denied', at = NOON - HOUR, groupId = plex) =>
      write([
        {
          at,
          client: ip('192.168.20.5'),
          groupId,
          name: name(text),
          qtype: 1,
          verdict,
          reason: verdict === 'denied' ? 'no-rule' : 'rule',
          ruleId: undefined,
          rcode: verdict === 'denied' ? 3 : 0,
          source: 'local',
          durationUs: 100,
          answers: [],
          count: 2,
        },
      ]),
    nas: nas ?? 0,
    found: () => neighbours({ main, queryLog, catalog })({ group: 'plex', since: NOON - 24 * HOUR }).items,
  };
}

test('a neighbour is offered with what of it was asked, and how much of what it needs that is', () => {
  const { asked, found } = house();
  asked('services.sonarr.tv');
  asked('skyhook.sonarr.tv', 'allowed', NOON - 2 * HOUR);
  asked('skyhook.sonarr.tv', 'denied', NOON - HOUR);
  asked('registry-1.docker.io');
  const [sonarr, containers] = found();
  expect(sonarr).toEqual({
    preset: 'sonarr',
    title: 'Sonarr',
    recognised: true,
    required: 2,
    requiredSeen: 2,
    onlyHere: ['services.sonarr.tv', 'skyhook.sonarr.tv'],
    seen: [
      expect.objectContaining({ name: 'services.sonarr.tv', need: 'required', count: 2, refused: 2 }),
      {
        name: 'skyhook.sonarr.tv',
        pattern: 'skyhook.sonarr.tv',
        need: 'required',
        count: 4,
        refused: 2,
        lastAt: NOON - HOUR,
      },
    ],
    sentence:
      'Sonarr: 2 of the 2 names it needs were asked, 2 of all its names; no other preset has services.sonarr.tv and 1 more.',
  });
  expect(containers).toMatchObject({ preset: 'containers', recognised: false, requiredSeen: 1 });
});

test('names that what the group has explains are no evidence', () => {
  const { asked, found } = house();
  asked('plex.tv', 'allowed');
  expect(found()).toEqual([]);
});

test('a name that many presets have proves none of them', () => {
  const { asked, found } = house();
  asked('api.github.com');
  expect(found().map(({ preset, recognised }) => [preset, recognised])).toEqual([
    ['seerr', false],
    ['tautulli', false],
  ]);
});

test('wildcards and templates count the names they mean, and nothing else does', () => {
  const { asked, found } = house();
  asked('derp12b.tailscale.com');
  asked('x.derp12b.tailscale.com');
  asked('2.debian.pool.ntp.org');
  asked('controlplane.tailscale.com.evil.example');
  const tailscale = found().find(({ preset }) => preset === 'tailscale');
  expect(tailscale?.seen.map((one) => one.name)).toEqual(['derp12b.tailscale.com']);
  expect(found().find(({ preset }) => preset === 'ntp')?.seen).toMatchObject([
    { name: '2.debian.pool.ntp.org' },
  ]);
});

test('what another group asked, or this one long ago, is not looked at', () => {
  const { asked, found, nas } = house();
  asked('services.sonarr.tv', 'denied', NOON - HOUR, nas);
  asked('skyhook.sonarr.tv', 'denied', NOON - 48 * HOUR);
  expect(found()).toEqual([]);
});

test('names made up below one do not grow the report', () => {
  const { asked, queryLog, plex } = house();
  for (let i = 0; i < 120; i++) asked(`made-up-${i}.syncplay.plex.services`);
  const uses = usesOf(queryLog, {
    groupId: plex,
    since: 0,
    kind: 'below',
    name: name('syncplay.plex.services'),
  });
  expect(new Set(uses.map((use: { name: DomainName }) => formatDomainName(use.name))).size).toBe(50);
});
