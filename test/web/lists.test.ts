import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Denial, RuleView } from '../../web/src/api/types.ts';
import type { RuleUse } from '../../web/src/features/domains/rule-uses.ts';
import { selectRules } from '../../web/src/features/domains/select-rules.ts';
import { bandsOf, byDomain, keepPlaces } from '../../web/src/features/refused/order.ts';
import { subjectOf } from '../../web/src/features/why/subject.ts';
import { csvText } from '../../web/src/lib/csv.ts';
import { countdown, relativeTime, tookTime } from '../../web/src/lib/format-time.ts';
import { rulesYaml } from '../../web/src/lib/rule-yaml.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const denial = (id: number, secondsAgo: number, name = `n${id}.example.org`) =>
  ({
    id,
    name,
    group: 'plex',
    domain: name.split('.').slice(-2).join('.'),
    lastAt: new Date(NOON - secondsAgo * 1000).toISOString(),
  }) as Denial;
const rule = (id: number, pattern: string, more: Partial<RuleView> = {}) =>
  ({ id, pattern, group: 'plex', action: 'allow', note: '', ...more }) as RuleView;
const KNOWN = { uses: new Map(), now: NOON };
const ids = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

test('just now is the last two minutes, the latest first', () => {
  const { justNow, earlier } = bandsOf([denial(1, 300), denial(2, 100), denial(3, 5)], '', NOON);
  expect([ids(justNow), ids(earlier)]).toEqual([[3, 2], [1]]);
});

test('under a pointer no row changes its place: what is new goes below', () => {
  expect(ids(keepPlaces([denial(3, 1), denial(2, 2), denial(1, 3)], [1, 2]))).toEqual([1, 2, 3]);
});

test('names of one domain stand together', () => {
  const rows = [denial(1, 1, 'a.fanart.tv'), denial(2, 2, 'plex.tv'), denial(3, 3, 'b.fanart.tv')];
  expect(byDomain(rows).map(({ domain, denials }) => [domain, ids(denials)])).toEqual([
    ['fanart.tv', [1, 3]],
    ['plex.tv', [2]],
  ]);
});

test('rules stand by their domain, and are found by name, note and preset', () => {
  const rules = [
    rule(1, 'www.plex.tv', { note: 'sign-in' }),
    rule(2, 'image.tmdb.org', { preset: 'plex-core' }),
    rule(3, 'analytics.plex.tv', { action: 'deny' }),
    rule(4, 'plex.tv', { group: 'seerr', expiresAt: '2026-11-22T13:00:00Z' }),
  ];
  expect(ids(selectRules(rules, {}, KNOWN))).toEqual([2, 4, 3, 1]);
  expect(ids(selectRules(rules, { filter: 'SIGN' }, KNOWN))).toEqual([1]);
  expect(ids(selectRules(rules, { filter: 'core' }, KNOWN))).toEqual([2]);
  expect(ids(selectRules(rules, { kind: 'deny' }, KNOWN))).toEqual([3]);
  expect(ids(selectRules(rules, { kind: 'temporary' }, KNOWN))).toEqual([4]);
  expect(ids(selectRules(rules, { group: 'seerr' }, KNOWN))).toEqual([4]);
});

test('what was not used for long is found by how long it was watched without', () => {
  const days = (n: number) => new Date(NOON - n * 86_400_000).toISOString();
  const use = (state: RuleUse['state'], watched: number, last?: number) =>
    ({
      state,
      watchedSince: days(watched),
      ...(last === undefined ? {} : { lastAt: days(last) }),
    }) as RuleUse;
  const uses = new Map([
    [1, use('unused', 120)],
    [2, use('unused', 300, 40)],
    [3, use('used', 300, 2)],
    [4, use('not-watched-long-enough', 10)],
  ]);
  const rules = [1, 2, 3, 4, 5].map((id) => rule(id, `n${id}.example.org`));
  expect(ids(selectRules(rules, { unused: 30 }, { uses, now: NOON }))).toEqual([1, 2]);
  expect(ids(selectRules(rules, { unused: 90 }, { uses, now: NOON }))).toEqual([1]);
});

test('rules are written as the file has them, and no name is anything but text', () => {
  const base = { types: ['A', 'AAAA'], note: '', warm: 'auto', private: false } as const;
  const text = rulesYaml([
    { ...base, action: 'allow', pattern: '*.plex.tv' },
    {
      action: 'deny',
      pattern: 'x.org',
      types: ['SRV', 'TXT'],
      note: 'a: "b" # c',
      expiresAt: '2026-12-31T00:00:00.000Z',
      warm: 'never',
      private: true,
    },
  ]);
  expect(parse(text)).toEqual([
    { allow: '*.plex.tv' },
    {
      deny: 'x.org',
      types: ['SRV', 'TXT'],
      note: 'a: "b" # c',
      until: '2026-12-31T00:00:00.000Z',
      warm: false,
      private: true,
    },
  ]);
});

test('a cell that begins like a formula is text to a spreadsheet', () => {
  const rows = [
    ['=cmd', -1],
    ['a,"b"', 2],
  ];
  expect(csvText(['name', 'n'], rows)).toBe(`name,n\r\n"'=cmd",-1\r\n"a,""b""",2\r\n`);
});

test.each([
  ['image.tmdb.org', { name: 'image.tmdb.org' }],
  [' 104.18.26.211 ', { address: '104.18.26.211' }],
  ['2001:db8::1', { address: '2001:db8::1' }],
  ['refused', undefined],
  ['http://plex.tv/path?x=1', { name: 'plex.tv' }],
  ['https://[2001:db8::1]:32400/web', { address: '2001:db8::1' }],
  ['bücher.example', { name: 'xn--bcher-kva.example' }],
  ['*.plex.tv', { name: '*.plex.tv' }],
  ['10.0.0.0/8', undefined],
  ['http://', undefined],
  [`${'a'.repeat(60)}.`.repeat(5), undefined],
  ['', undefined],
])('%s is asked about as %j', (text, subject) => {
  expect(subjectOf(text)).toEqual(subject);
});

test('spans are in the largest unit that fits, and what is left to the second', () => {
  expect([relativeTime(NOON - 500, NOON), relativeTime(NOON - 61_000, NOON)]).toEqual(['now', '1 min ago']);
  expect(relativeTime(NOON + 7_200_000, NOON)).toBe('in 2 h');
  expect([countdown(892_000), countdown(3_723_000), countdown(-5)]).toEqual(['14:52', '1:02:03', '00:00']);
  expect([tookTime(180.4), tookTime(2_449), tookTime(185_000)]).toEqual(['180 ms', '2.4 s', '3 min']);
});
