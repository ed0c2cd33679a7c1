import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { explain } from '../../src/catalog/explain.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { entriesFor } from '../../src/catalog/rules.ts';
import { parsePattern } from '../../src/policy/pattern.ts';

const FOLDER = join(import.meta.dirname, '../../catalog');
const catalog = loadCatalog(FOLDER);

test('every preset of the index is there, with as many entries as it says', () => {
  const index = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as {
    presets: { id: string; entries: number; default_enabled: boolean }[];
  };
  expect([...catalog.presets.keys()].sort()).toEqual(index.presets.map((p) => p.id).sort());
  for (const { id, entries, default_enabled } of index.presets) {
    expect(catalog.presets.get(id)?.entries).toHaveLength(entries);
    expect(catalog.presets.get(id)?.defaultEnabled).toBe(default_enabled);
  }
});

test('patterns no rule can be made of are named, and nothing is guessed for them', () => {
  expect(catalog.unsupported.map(({ presetId, pattern }) => [presetId, pattern])).toEqual([
    ['tailscale', 'derp*.tailscale.com'],
  ]);
  expect(entriesFor(catalog, ['tailscale']).map((rule) => rule.pattern)).not.toContain('derp*.tailscale.com');
});

test('every other pattern is one that rules understand', () => {
  for (const rule of entriesFor(catalog, [...catalog.presets.keys()])) {
    expect(() => parsePattern(rule.pattern)).not.toThrow();
  }
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

test('a tunnel gets the types it lives on', () => {
  const types = new Map(entriesFor(catalog, ['cloudflared']).map((rule) => [rule.pattern, rule.types]));
  expect(types.get('_v2-origintunneld._tcp.argotunnel.com')).toEqual(['SRV']);
  expect(types.get('protocol-v2.argotunnel.com')).toEqual(['TXT']);
  expect(types.get('region1.v2.argotunnel.com')).toEqual(['A', 'AAAA']);
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
});

test('names answered from their own label are no rules', () => {
  expect(entriesFor(catalog, ['plex-remote-access']).map((rule) => rule.pattern)).not.toContain(
    '*.plex.direct',
  );
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
])('%s is explained by %s: %s', (name, preset, pattern) => {
  expect(explain(catalog, parseDomainName(name))).toMatchObject({ preset: { id: preset }, pattern });
});

test('an explanation says what the name is for and what breaks without it', () => {
  expect(explain(catalog, parseDomainName('analytics.plex.tv'))).toEqual({
    preset: { id: 'plex-telemetry', title: 'Plex: telemetry (deny by default)' },
    pattern: 'analytics.plex.tv',
    function: 'analytics',
    need: 'optional',
    why: 'Event collection (/collect/event).',
    breaks: 'Nothing visible.',
    sharedHosting: 'cloudflare-anycast',
  });
  expect(explain(catalog, parseDomainName('c.lencr.org'))).toBeUndefined();
  expect(explain(catalog, parseDomainName('nothing.example.org'))).toBeUndefined();
});

test('a file that is not as it should be is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-catalog-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'broken.json'), '{"id":"broken","entries":[{"pattern":"a.org"}]}');
  expect(() => loadCatalog(folder)).toThrow(join(folder, 'broken.json'));
});
