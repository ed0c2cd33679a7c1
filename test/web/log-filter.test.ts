import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asParameters,
  beginOf,
  endOf,
  isMeant,
  mistakeIn,
  readFilter,
  without,
  withTerm,
  writeFilter,
} from '../../web/src/features/log/filter.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

test('a filter is words of key and value; what has no key is part of a name', () => {
  expect(readFilter('name:*.plex.tv verdict:denied since:15m')).toEqual([
    { key: 'name', value: '*.plex.tv' },
    { key: 'verdict', value: 'denied' },
    { key: 'since', value: '15m' },
  ]);
  expect(readFilter('  tmdb  ')).toEqual([{ key: 'part', value: 'tmdb' }]);
  expect(readFilter('client:2001:db8::5')).toEqual([{ key: 'client', value: '2001:db8::5' }]);
  expect(readFilter('name:')).toEqual([{ key: 'part', value: 'name:' }]);
  expect(readFilter('')).toEqual([]);
});

test('of what may stand once the last counts: a key, and a name or a part of one', () => {
  expect(writeFilter(readFilter('verdict:denied verdict:allowed'))).toBe('verdict:allowed');
  expect(writeFilter(readFilter('tmdb name:plex.tv'))).toBe('name:plex.tv');
  expect(writeFilter(withTerm(readFilter('name:plex.tv type:A'), { key: 'part', value: 'x' }))).toBe(
    'type:A x',
  );
  expect(writeFilter(without(readFilter('a verdict:denied'), 'verdict'))).toBe('a');
});

test('what is written is read again as the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', ':', '.', '*', 'name', 'type', ' ') })),
      (words) => {
        const terms = readFilter(words.join(' '));
        expect(readFilter(writeFilter(terms))).toEqual(terms);
      },
    ),
  );
});

test('a span becomes a moment when it is asked', () => {
  expect(asParameters(readFilter('since:15m type:A,AAAA'), NOON)).toEqual({
    since: '2026-11-22T11:45:00.000Z',
    type: 'A,AAAA',
  });
  // The API says what is wrong with it.
  expect(asParameters(readFilter('since:tomorrow'), NOON)).toEqual({ since: 'tomorrow' });
  expect(beginOf([], NOON)).toBe(NOON - 86_400_000);
  expect(beginOf(readFilter('since:2h'), NOON)).toBe(NOON - 7_200_000);
  expect(endOf(readFilter('until:2026-11-22T11:00:00Z'), NOON)).toBe(NOON - 3_600_000);
  expect(endOf(readFilter('until:2027-01-01T00:00:00Z'), NOON)).toBe(NOON);
});

describe('what comes live', () => {
  const line = {
    name: 'metadata.provider.plex.tv',
    client: '192.168.20.5',
    group: 'plex',
    type: 'AAAA',
    verdict: 'denied',
    reason: 'no-rule',
  } as const;
  test.each([
    ['', true],
    ['PROVIDER', true],
    ['name:plex.tv', false],
    ['name:.plex.tv', true],
    ['name:*.plex.tv', true],
    ['name:*.metadata.provider.plex.tv', false],
    ['name:.Metadata.provider.plex.tv.', true],
    ['type:a,aaaa', true],
    ['type:A', false],
    ['group:nas', false],
    ['since:15m verdict:denied', true],
    ['reason:no-rule', true],
    ['reason:not-confirmed', false],
    ['until:2026-11-22T11:00:00Z', false],
  ])('%s: %s', (filter, meant) => expect(isMeant(line, readFilter(filter))).toBe(meant));
});

test.each([
  ['foo:bar', { kind: 'key', key: 'foo' }],
  ['tmdb 2001:db8::5', { kind: 'key', key: '2001' }],
  ['verdict:', { kind: 'value', key: 'verdict', value: '' }],
  ['verdict:maybe', { kind: 'value', key: 'verdict', value: 'maybe' }],
  ['client:xyz', { kind: 'value', key: 'client', value: 'xyz' }],
  ['client:192.168.20', { kind: 'value', key: 'client', value: '192.168.20' }],
  ['since:99x', { kind: 'value', key: 'since', value: '99x' }],
])('%s is a mistake that is told', (text, mistake) => {
  expect(mistakeIn(text)).toEqual(mistake);
});

test.each([
  '',
  'tmdb',
  'client:192.168.20.5',
  'client:2001:db8::5',
  'client:::ffff:192.168.20.5',
  'VERDICT:denied since:15m',
  'until:2026-11-22T12:00:00Z',
])('%j is no mistake', (text) => {
  expect(mistakeIn(text)).toBeUndefined();
});
