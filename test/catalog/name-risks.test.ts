import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { trust } from '../../src/catalog/lookalikes.ts';
import { nameRisks } from '../../src/catalog/name-risks.ts';

const HASH = '0123456789abcdef0123456789abcdef';
const OTHER_HASH = 'fedcba9876543210fedcba9876543210';
const codes = (text: string) => nameRisks(text, { hashes: [HASH] }).map(({ code }) => code);

describe('hostile names', () => {
  test.each([
    ['*.com', 'public-suffix'],
    ['.co.uk', 'public-suffix'],
    ['com', 'public-suffix'],
    ['*.cloudfront.net', 'shared-suffix'],
    ['.cloudfront.net', 'shared-suffix'],
    ['*.amazonaws.com', 'shared-suffix'],
    ['*.s3.amazonaws.com', 'shared-suffix'],
    ['*.github.io', 'shared-suffix'],
    ['*.b-cdn.net', 'shared-suffix'],
    ['*.net', 'public-suffix'],
    ['d111.cloudfront.net', 'shared-hosting'],
    ['anybody.duckdns.org', 'shared-hosting'],
    ['anybody.workers.dev', 'shared-hosting'],
    ['bucket.s3.amazonaws.com', 'shared-hosting'],
    ['*.plex.direct', 'plex-direct'],
    ['.plex.direct', 'plex-direct'],
    [`*.${HASH}.plex.direct`, 'plex-direct'],
    [`192-168-1-20.${OTHER_HASH}.plex.direct`, 'plex-direct'],
    [`203-0-113-9.${HASH}.plex.direct`, 'address-in-name'],
    [`203-0-113-9.${OTHER_HASH}.plex.direct`, 'address-in-name'],
    [`2001-db8--9.${HASH}.plex.direct`, 'address-in-name'],
    ['203-0-113-9.example.org', 'address-in-name'],
    ['203.0.113.9.nip.io', 'address-in-name'],
    ['host-203-0-113-9-x.example.org', 'address-in-name'],
    ['plex-tv.example', 'lookalike'],
    ['p1ex.tv', 'lookalike'],
    ['plexx.tv', 'lookalike'],
    ['plx.tv', 'lookalike'],
    ['pelx.tv', 'lookalike'],
    ['app.plex.tv.example.org', 'lookalike'],
    ['my-plex.example', 'lookalike'],
    ['plextv-update.example', 'lookalike'],
    ['xn--lex-zed.tv', 'lookalike'],
    ['xn--plx-sdd.tv', 'lookalike'],
    ['рlex.tv', 'lookalike'],
    ['xn--lex-zed.tv', 'punycode'],
    ['xn--mnchen-3ya.example.org', 'punycode'],
    ['mzxw6ytboi4dsmrtgq3tknzv.t.example.org', 'random-label'],
    ['6aa30f8b08e16409b46e0173d6de2f56.example.org', 'random-label'],
    [`${'q7'.repeat(30)}.example.org`, 'random-label'],
    ['dlza6g8e6iucb.example.net', 'random-label'],
    ['a\\.b.example.org', 'odd-name'],
    ['192.168.1.5', 'odd-name'],
    ['.', 'odd-name'],
  ])('%s is risky: %s', (text, code) => {
    expect(codes(text)).toContain(code);
  });
});

test.each([
  'plex.tv',
  '.plex.tv',
  '*.provider.plex.tv',
  'tvthemes.plexapp.com',
  'image.tmdb.org',
  'video.internetvideoarchive.net',
  'deb.debian.org',
  '2.debian.pool.ntp.org',
  '_v2-origintunneld._tcp.argotunnel.com',
  'example.org',
  'complex.example.org',
  'plex.home.example.org',
  `192-168-1-20.${HASH}.plex.direct`,
  `127-0-0-1.${HASH}.plex.direct`,
])('%s has none of them', (text) => {
  expect(nameRisks(text, { hashes: [HASH] })).toEqual([]);
});

test('each is told in a sentence that names what was asked for', () => {
  expect(nameRisks('*.cloudfront.net')).toEqual([
    {
      code: 'shared-suffix',
      sentence:
        '*.cloudfront.net reaches cloudfront.net (of a provider that gives names to anybody): anybody can have a name below it.',
    },
  ]);
  expect(nameRisks('p1ex.tv')[0]?.sentence).toBe(
    'p1ex.tv looks like plex.tv and is not: somebody else runs it.',
  );
});

test('others can be looked like too, when they are told', () => {
  const trusted = trust(['thetvdb.com']);
  expect(nameRisks('www.thetvdb.co')).toEqual([]);
  expect(nameRisks('www.thetvdb.co', { trusted })).toMatchObject([{ code: 'lookalike' }]);
  expect(nameRisks('www.thetvdb.com', { trusted })).toEqual([]);
});

test('what is no name is not judged', () => {
  expect(() => nameRisks('')).toThrow(RangeError);
  expect(() => nameRisks('a..b')).toThrow(RangeError);
});

test('no name of the catalog looks like Plex and is not', () => {
  const catalog = loadCatalog(fileURLToPath(new URL('../../catalog', import.meta.url)));
  const taken = [...catalog.presets.values()]
    .flatMap(({ entries }) => entries)
    .filter(({ pattern }) =>
      nameRisks(pattern.replace(/[^.]*\*[^.]+/, 'x')).some(
        ({ code }) => code === 'lookalike' || code === 'punycode',
      ),
    );
  expect(taken.map(({ pattern }) => pattern)).toEqual([]);
});

test('any label is judged, and quickly', () => {
  const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
      for (const risk of nameRisks(labels.join('.'))) expect(risk.sentence).toContain(labels.join('.'));
    }),
  );
});
