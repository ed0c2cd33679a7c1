import { expect, test } from 'vitest';
import type { Denial, RuleView } from '../../web/src/api/types.ts';
import { riskOf, selectRules } from '../../web/src/features/domains/select-rules.ts';
import { bandsOf, byDomain, keepPlaces } from '../../web/src/features/refused/order.ts';
import { subjectOf } from '../../web/src/features/why/subject.ts';
import { countdown, relativeTime, tookTime } from '../../web/src/lib/format-time.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const denial = (id: number, secondsAgo: number, name = `n${id}.example.org`) =>
  ({ id, name, lastAt: new Date(NOON - secondsAgo * 1000).toISOString() }) as Denial;
const rule = (id: number, pattern: string, more: Partial<RuleView> = {}) =>
  ({ id, pattern, group: 'plex', action: 'allow', note: '', ...more }) as RuleView;
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
  expect(byDomain(rows).map(([domain, of]) => [domain, ids(of)])).toEqual([
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
  expect(ids(selectRules(rules, {}))).toEqual([2, 4, 3, 1]);
  expect(ids(selectRules(rules, { filter: 'SIGN' }))).toEqual([1]);
  expect(ids(selectRules(rules, { filter: 'core' }))).toEqual([2]);
  expect(ids(selectRules(rules, { kind: 'deny' }))).toEqual([3]);
  expect(ids(selectRules(rules, { kind: 'temporary' }))).toEqual([4]);
  expect(ids(selectRules(rules, { group: 'seerr' }))).toEqual([4]);
});

test.each([
  ['plex.tv', undefined],
  ['.plex.tv', undefined],
  ['d1abc.cloudfront.net', undefined],
  ['*.cloudfront.net', 'shared'],
  ['.eu-west-1.amazonaws.com', 'shared'],
  ['*.com', 'top-level'],
  ['.TV', 'top-level'],
])('the risk of %s: %s', (pattern, risk) => {
  expect(riskOf(pattern)).toBe(risk);
});

test.each([
  ['image.tmdb.org', { name: 'image.tmdb.org' }],
  [' 104.18.26.211 ', { address: '104.18.26.211' }],
  ['2001:db8::1', { address: '2001:db8::1' }],
  ['refused', undefined],
  ['https://plex.tv/', undefined],
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
