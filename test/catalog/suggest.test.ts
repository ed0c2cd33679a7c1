import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { formatDomainName } from '../../src/base/domain-name.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { type AskedName, type Standing, suggest } from '../../src/catalog/suggest.ts';
import { DAY, HOUR, MINUTE, NOON, name } from '../store/world.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));

/** As if it had been asked every day of a week. */
const asked = (text: string, more: Partial<AskedName> = {}): AskedName => ({
  name: name(text),
  types: ['A', 'AAAA'],
  count: 14,
  firstAt: NOON - 7 * DAY,
  lastAt: NOON,
  days: 7,
  refused: false,
  ...more,
});
const once = (text: string, at: number): AskedName =>
  asked(text, { count: 2, firstAt: at, lastAt: at + MINUTE, days: 1 });
const PLEX = ['plex.tv', 'servers.plex.tv', 'metadata.provider.plex.tv', 'metadata-static.plex.tv'].map(
  (one) => asked(one),
);
const suggested = (...names: readonly AskedName[]) => suggestedWith({}, ...names);
/** With rules in force for these names. */
const suggestedWith = (rules: Readonly<Record<string, Standing>>, ...names: readonly AskedName[]) =>
  suggest({
    catalog,
    asked: names,
    standing: (one) => rules[formatDomainName(one)] ?? 'none',
    hashes: [],
    since: NOON - 7 * DAY,
    until: NOON,
  });

test('what recognised software needs is selected, and what it will need one day too', () => {
  const { rules, presets } = suggested(...PLEX, asked('meta.plex.tv'), asked('lyricfind.plex.tv'));
  expect(presets.filter(({ isRecognised }) => isRecognised).map(({ id }) => id)).toEqual([
    'plex-core',
    'plex-metadata-extra',
    'plex-updates',
  ]);
  expect(rules.map(({ pattern, selected }) => [pattern, selected])).toEqual([
    ['plex.tv', true],
    ['servers.plex.tv', true],
    ['metadata.provider.plex.tv', true],
    ['metadata-static.plex.tv', true],
    ['meta.plex.tv', true],
    ['lyricfind.plex.tv', false],
    ['downloads.plex.tv', true],
  ]);
  expect(rules.at(-1)).toMatchObject({ names: [], count: 0, preset: 'plex-core', need: 'required' });
  expect(rules.at(-1)?.why).toMatch(/^required for Plex Media Server: core, and not asked yet; without it: /);
});

test('a name that was asked with a * in it is no wildcard', () => {
  const { rules, leftOut } = suggested(asked('*.example.org'));
  expect(rules).toEqual([]);
  expect(leftOut).toMatchObject([{ code: 'risky' }]);
});

test('a name that several presets have does not make software of them', () => {
  const { presets, rules } = suggested(...PLEX, asked('api.themoviedb.org'));
  expect(presets.filter(({ isRecognised }) => isRecognised).map(({ id }) => id)).not.toContain('seerr');
  expect(rules.find(({ pattern }) => pattern === 'api.themoviedb.org')).toMatchObject({
    selected: false,
    preset: 'plex-metadata-extra',
    need: 'optional',
  });
});

test('telemetry is never suggested, whatever it was answered', () => {
  const { rules, leftOut } = suggested(...PLEX, asked('analytics.plex.tv'), asked('metrics.plex.tv'));
  expect(rules.map(({ pattern }) => pattern)).not.toContain('analytics.plex.tv');
  expect(leftOut.map(({ name, code }) => [name, code])).toEqual([
    ['analytics.plex.tv', 'refused-on-purpose'],
    ['metrics.plex.tv', 'refused-on-purpose'],
  ]);
});

test('an entry of the catalog comes with its own types', () => {
  const { rules } = suggested(
    asked('_v2-origintunneld._tcp.argotunnel.com', { types: ['SRV'] }),
    asked('region1.v2.argotunnel.com'),
    asked('protocol-v2.argotunnel.com', { types: ['TXT'] }),
  );
  expect(rules.map(({ pattern, types, selected }) => [pattern, types.join(), selected])).toEqual([
    ['_v2-origintunneld._tcp.argotunnel.com', 'SRV', true],
    ['region1.v2.argotunnel.com', 'A,AAAA', true],
    ['protocol-v2.argotunnel.com', 'TXT', true],
    ['region2.v2.argotunnel.com', 'A,AAAA', true],
  ]);
});

test('what is allowed or denied already is not suggested, asked or not', () => {
  const rules = { 'plex.tv': 'allow', 'downloads.plex.tv': 'allow', 'hooks.example.org': 'deny' } as const;
  const found = suggestedWith(rules, ...PLEX, asked('hooks.example.org'));
  expect(found.rules.map(({ pattern }) => pattern)).toEqual([
    'servers.plex.tv',
    'metadata.provider.plex.tv',
    'metadata-static.plex.tv',
  ]);
  expect(found.leftOut).toMatchObject([{ name: 'hooks.example.org', code: 'refused-on-purpose' }]);
});

test('an unknown name is offered by itself, and a person decides', () => {
  expect(suggested(asked('hooks.example.org')).rules).toEqual([
    {
      pattern: 'hooks.example.org',
      types: ['A', 'AAAA'],
      selected: false,
      why: 'asked 14 times on 7 days; the catalog does not know it',
      names: ['hooks.example.org'],
      count: 14,
    },
  ]);
});

test('without an answer, or answered for other types than addresses, it is not', () => {
  const { rules, leftOut } = suggested(
    asked('gone.example.org', { types: [] }),
    asked('text.example.org', { types: ['TXT'] }),
  );
  expect(rules).toEqual([]);
  expect(leftOut.map(({ code }) => code)).toEqual(['no-answer', 'other-types']);
});

test('a name that was refused whenever it was asked is not called one that does not exist', () => {
  const { leftOut } = suggested(asked('c2.example.net', { types: [], refused: true }));
  expect(leftOut).toMatchObject([{ code: 'refused', why: expect.stringContaining('never seen') }]);
});

test('a name that came once in a week is not; in the first hour everything came once', () => {
  const chance = once('www.example.org', NOON - 3 * DAY);
  expect(suggested(chance)).toMatchObject({ rules: [], leftOut: [{ code: 'asked-once' }] });
  const standing = () => 'none' as const;
  const early = suggest({ catalog, asked: [chance], standing, hashes: [], since: NOON - HOUR, until: NOON });
  expect(early.rules).toMatchObject([{ pattern: 'www.example.org' }]);
});

test('a wildcard only where new labels keep coming', () => {
  const shards = ['eu1', 'eu2', 'us1', 'us2'];
  const overDays = shards.map((label, i) => once(`${label}.tiles.example.org`, NOON - i * DAY - HOUR));
  expect(suggested(...overDays, asked('www.example.org')).rules).toMatchObject([
    { pattern: 'www.example.org', selected: false },
    {
      pattern: '*.tiles.example.org',
      selected: false,
      names: shards.map((one) => `${one}.tiles.example.org`),
    },
  ]);
  const oneDay = shards.map((label) => once(`${label}.tiles.example.org`, NOON - DAY));
  expect(suggested(...oneDay)).toMatchObject({ rules: [], leftOut: [{}, {}, {}, {}] });
  const steady = shards.map((label) => asked(`${label}.tiles.example.org`));
  expect(suggested(...steady).rules.map(({ pattern }) => pattern)).toEqual(
    shards.map((one) => `${one}.tiles.example.org`),
  );
});

test.each(['tenants.github.io', 'cdn.b-cdn.net', 'example.cloudfront.net'])('never below %s', (parent) => {
  const names = ['eu1', 'eu2', 'us1', 'us2'].map((label, i) =>
    once(`${label}.${parent}`, NOON - i * DAY - HOUR),
  );
  const { rules, leftOut } = suggested(...names);
  expect(rules).toEqual([]);
  expect(leftOut.map(({ code }) => code)).toEqual(['risky', 'risky', 'risky', 'risky']);
});

test('never where the catalog knows names on addresses of many', () => {
  const names = ['n1', 'n2', 'n3', 'n4'].map((label, i) => once(`${label}.plex.tv`, NOON - i * DAY - HOUR));
  expect(suggested(...names).rules).toEqual([]);
});

test('very many names of one domain are none', () => {
  const flood = Array.from({ length: 40 }, (_, i) => once(`w${i}.example.org`, NOON - (i % 7) * DAY - HOUR));
  const { rules, leftOut } = suggested(...flood);
  expect(rules).toEqual([]);
  expect(new Set(leftOut.map(({ code }) => code))).toEqual(new Set(['many-labels']));
});

test.each([
  'd111.cloudfront.net',
  '192-168-1-20.fedcba9876543210fedcba9876543210.plex.direct',
  '203-0-113-9.0123456789abcdef0123456789abcdef.plex.direct',
  'plex-tv.example',
  'p1ex.tv',
  'xn--plx-sdd.tv',
  'xn--mnchen-3ya.example.org',
  'mzxw6ytboi4dsmrtgq3tknzv.t.example.org',
  'co.uk',
  'thetvdb.co',
])('%s is never suggested, however often it was asked, and its risk is named', (hostile) => {
  const { rules, leftOut } = suggested(...PLEX, asked(hostile, { count: 10_000 }));
  expect(rules.flatMap(({ names }) => names)).not.toContain(hostile);
  const [left] = leftOut;
  expect(left).toMatchObject({ name: hostile });
  expect(left?.risks.length).toBeGreaterThan(0);
});
