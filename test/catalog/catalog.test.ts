import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { entriesAbout, explain } from '../../src/catalog/explain.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { entriesFor } from '../../src/catalog/rules.ts';
import { catalogJsonSchema } from '../../src/catalog/schema.ts';
import { catalogFolder } from '../../src/catalog-folder.ts';
import { FEED_PRESETS } from '../../src/config/feed-presets.ts';
import { parsePattern } from '../../src/policy/pattern.ts';

const FOLDER = catalogFolder();
const catalog = loadCatalog(FOLDER);
const known = (text: string) => explain(catalog, parseDomainName(text));

test('every preset is there, under the name of its file', () => {
  expect([...catalog.presets.keys()]).toEqual([
    ...['cloudflared', 'containers', 'debian', 'home-assistant', 'jellyfin', 'letsencrypt', 'notifications'],
    ...['ntp', 'plex-core', 'plex-legacy-plugins', 'plex-livetv', 'plex-metadata-extra', 'plex-online'],
    ...['plex-remote-access', 'plex-telemetry', 'plex-updates', 'prowlarr', 'radarr', 'seerr', 'sonarr'],
    ...['tailscale', 'tautulli', 'ubuntu'],
  ]);
  const files = readdirSync(FOLDER).filter((file) => !['schema.json', 'symptoms.json'].includes(file));
  expect(files).toEqual([...catalog.presets.keys()].map((id) => `${id}.json`).sort());
});

test('catalog/schema.json is what the files are read by', async () => {
  const text = `${JSON.stringify(catalogJsonSchema(), null, 1)}\n`;
  await expect(text).toMatchFileSnapshot(join(FOLDER, 'schema.json'));
});

test('whatever changes in a preset has a new version: groups learn of it by that', async () => {
  const digests = [...catalog.presets].map(([id, { version }]) => {
    const {
      version: _,
      updated: __,
      ...content
    } = JSON.parse(readFileSync(join(FOLDER, `${id}.json`), 'utf8'));
    return `${id} ${version} ${hash('sha256', JSON.stringify(content))}`;
  });
  // After a change: count the version of that preset up, then run this with --update.
  await expect(`${digests.join('\n')}\n`).toMatchFileSnapshot('versions.txt');
});

test('patterns no rule can be made of are there, and nothing is guessed for them', () => {
  const templates = [...catalog.presets.values()].flatMap((preset) =>
    preset.entries.filter(({ reach }) => reach.kind === 'template').map(({ pattern }) => pattern),
  );
  expect(templates).toEqual(['derp*.tailscale.com']);
  expect(entriesFor(catalog, ['tailscale']).map((rule) => rule.pattern)).not.toContain('derp*.tailscale.com');
});

test('every other pattern is one that rules understand', () => {
  for (const rule of entriesFor(catalog, [...catalog.presets.keys()])) {
    expect(() => parsePattern(rule.pattern)).not.toThrow();
  }
});

test('a name belongs to one network, whatever preset has it', () => {
  const networks = new Map<string, Set<string>>();
  for (const { entries } of catalog.presets.values())
    for (const { pattern, shared_hosting, hosting_verified } of entries)
      networks.set(
        pattern,
        (networks.get(pattern) ?? new Set()).add(`${shared_hosting} ${hosting_verified}`),
      );
  expect([...networks].filter(([, of]) => of.size > 1)).toEqual([]);
});

test('a preset brings allow rules without HTTPS', () => {
  expect(entriesFor(catalog, ['plex-core'])).toHaveLength(9);
  expect(entriesFor(catalog, ['plex-core'])[0]).toEqual({
    action: 'allow',
    pattern: 'plex.tv',
    types: ['A', 'AAAA'],
    note: 'Sign-in, claim exchange, account services, resources, certificate API, update check, older codec API.',
    preset: 'plex-core',
  });
});

test('a tunnel gets the types it lives on, and its ports', () => {
  const types = new Map(entriesFor(catalog, ['cloudflared']).map((rule) => [rule.pattern, rule.types]));
  expect(types.get('_v2-origintunneld._tcp.argotunnel.com')).toEqual(['SRV']);
  expect(types.get('protocol-v2.argotunnel.com')).toEqual(['TXT']);
  expect(types.get('cfd-features.argotunnel.com')).toEqual(['TXT']);
  expect(types.get('region1.v2.argotunnel.com')).toEqual(['A', 'AAAA']);
  expect(catalog.presets.get('cloudflared')?.entries[0]?.ports).toEqual(['7844/tcp', '7844/udp']);
});

test('telemetry and what else must never be opened is denied, in whatever preset it is listed', () => {
  const denied = entriesFor(catalog, [...catalog.presets.keys()]).filter((rule) => rule.action === 'deny');
  expect(denied.map((rule) => rule.pattern)).toEqual([
    'analytics.plex.tv',
    'metrics.plex.tv',
    'metric.plex.tv',
    'crashreport.plexapp.com',
    'sentry.servarr.com',
    'sentry.servarr.com',
    'sentry.sonarr.tv',
    'log.tailscale.com',
    'motd.ubuntu.com',
  ]);
  for (const { pattern } of denied) expect(known(pattern)).toMatchObject({ refused: true });
  expect(known('protocol-v2.argotunnel.com')).toMatchObject({ refused: false });
});

test('names answered from their own label are no rules', () => {
  expect(entriesFor(catalog, ['plex-remote-access']).map((rule) => rule.pattern)).not.toContain(
    '*.plex.direct',
  );
});

test('what Plex reaches without a name is there, with what breaks without it', () => {
  const { unnamed = [] } = catalog.presets.get('plex-remote-access') ?? {};
  expect(unnamed.map(({ id, containment }) => [id, containment])).toEqual([
    ['pubsub', 'list'],
    ['relay', 'none'],
    ['shared-servers', 'list'],
    ['lan-discovery', 'lan'],
    ['router-mapping', 'lan'],
    ['inbound-test', 'inbound'],
  ]);
  expect(unnamed[0]?.addresses).toHaveLength(20);
  expect(unnamed[0]?.breaks).toContain('keeps its old rights');
  expect(unnamed[1]?.remedy).toContain('cannot be contained by name');
});

test('every symptom points to what the catalog knows', () => {
  expect(catalog.symptoms).toHaveLength(24);
  for (const { id, names, unnamed, settings } of catalog.symptoms) {
    for (const name of names)
      expect([name, explain(catalog, parseDomainName(name.replace('*', 'x')))?.pattern]).toEqual([
        name,
        name,
      ]);
    for (const reference of unnamed) {
      const [preset = '', what] = reference.split('/');
      expect(catalog.presets.get(preset)?.unnamed.map((one) => one.id)).toContain(what);
    }
    expect([id, names.length + unnamed.length + settings.length]).not.toEqual([id, 0]);
  }
});

test('an unknown preset is refused with those there are', () => {
  expect(() => entriesFor(catalog, ['plex-cor'])).toThrow(
    expect.objectContaining({
      code: 'not-found',
      message: 'preset plex-cor',
      hint: expect.stringContaining('plex-core'),
    }),
  );
});

test.each([
  ['servers.plex.tv', 'plex-core', 'servers.plex.tv'],
  ['plex.tv', 'plex-core', 'plex.tv'],
  ['r3.c.lencr.org', 'letsencrypt', '*.c.lencr.org'],
  ['2.debian.pool.ntp.org', 'ntp', '*.debian.pool.ntp.org'],
  ['ntp-bootstrap.ubuntu.com', 'ntp', 'ntp-bootstrap.ubuntu.com'],
  ['derp12b.tailscale.com', 'tailscale', 'derp*.tailscale.com'],
  ['203-0-113-9.0123456789abcdef0123456789abcdef.plex.direct', 'plex-remote-access', '*.plex.direct'],
])('%s is explained by %s: %s', (name, preset, pattern) => {
  expect(known(name)).toMatchObject({ preset, pattern });
});

test.each([
  'c.lencr.org',
  'nothing.example.org',
  'tailscale.com',
  'derp.tailscale.com',
  'x.derp1.tailscale.com',
  'servers.plex.tv.example.org',
  'xplex.tv',
])('%s is not made to look known', (name) => {
  expect(known(name)).toBeUndefined();
});

test('all that know a name are told, the one on by default first', () => {
  const presets = entriesAbout(catalog, parseDomainName('plex.tv')).map(({ presetId }) => presetId);
  expect(presets.toSorted()).toEqual(['plex-core', 'plex-updates', 'seerr', 'sonarr', 'tautulli']);
  expect(presets[0]).toBe('plex-core');
});

test('an explanation says what the name is for, what breaks without it and who else is at its addresses', () => {
  expect(known('analytics.plex.tv')).toEqual({
    preset: 'plex-telemetry',
    title: 'Plex: telemetry (refused on purpose)',
    pattern: 'analytics.plex.tv',
    function: 'analytics',
    need: 'optional',
    why: 'Event collection (/collect/event).',
    breaks: 'Nothing visible.',
    addresses: {
      shared: 'yes',
      sentence:
        'Its addresses are those of Cloudflare’s anycast network: whoever opens them opens every other site behind Cloudflare on them as well.',
    },
    refused: true,
  });
  expect(known('ghcr.io')?.addresses).toEqual({
    shared: 'likely',
    sentence:
      'Not looked up, but likely: Its addresses are GitHub’s: whoever opens them opens what everybody else keeps there as well.',
  });
  expect(known('servers.plex.tv')?.addresses.shared).toBe('unknown');
  expect(known('musicbrainz.org')?.addresses.shared).toBe('no');
});

test.each([
  ['{"id":"broken","entries":[{"pattern":"a.org"}]}', 'broken.json'],
  ['{', 'broken.json'],
])('a file that is not as it should be is named', (text, file) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-catalog-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'broken.json'), text);
  expect(() => loadCatalog(folder)).toThrow(join(folder, file));
});

test('the built-in list of the feed for Plex’s push servers is the one the catalog tells of', () => {
  const pubsub = catalog.presets.get('plex-remote-access')?.unnamed.find(({ id }) => id === 'pubsub');
  expect(FEED_PRESETS['plex-pubsub'].addresses).toEqual(pubsub?.addresses);
});
