import { expect, test } from 'vitest';
import type { Queries, Query } from '../../web/src/api/types.ts';
import { readFilter } from '../../web/src/features/log/filter.ts';
import {
  begun,
  type Lines,
  NO_LINES,
  released,
  withLive,
  withNewest,
  withOlder,
} from '../../web/src/features/log/lines.ts';

const line = (id: number, more: Partial<Query> = {}): Query => ({
  id,
  at: '2026-11-22T12:00:00.000Z',
  client: '192.168.20.5',
  name: `n${id}.example.org`,
  type: 'A',
  verdict: 'allowed',
  reason: 'rule',
  rcode: 'NOERROR',
  source: 'upstream',
  durationMs: 3,
  answers: ['192.0.2.1'],
  count: 1,
  ...more,
});
const live = (...items: Query[]) => ({ items, dropped: 0 });
const newest = (page: Queries) => withNewest(begun(NO_LINES), page, false);
const ids = (lines: readonly { readonly id?: number | undefined }[]) => lines.map(({ id }) => id);
const following = { terms: [], holds: false, from: 0 };

test('what comes live stands above the history, the newest first, each line once', () => {
  const history = newest({ items: [line(2), line(1)] });
  const lines = withLive(history, live(line(2), line(3), line(4)), following);
  expect(lines.shown.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});

test('while somebody reads further down nothing moves, and what came is counted and then shown', () => {
  const history = newest({ items: [line(1)] });
  const reading = withLive(history, live(line(2), line(3)), { ...following, holds: true });
  expect(reading.shown.map(({ id }) => id)).toEqual([1]);
  expect(reading.held).toHaveLength(2);
  expect(released(reading).shown.map(({ id }) => id)).toEqual([3, 2, 1]);
});

test('live lines pass the same filter as history', () => {
  const terms = readFilter('PLEX verdict:denied client:192.168.20.5');
  const lines = withLive(
    NO_LINES,
    live(
      line(1, { name: 'metrics.plex.tv', verdict: 'denied' }),
      line(2, { name: 'metrics.plex.tv' }),
      line(3, { name: 'example.org', verdict: 'denied' }),
      line(4, { name: 'metrics.plex.tv', verdict: 'denied', client: '192.168.20.6' }),
    ),
    { ...following, terms },
  );
  expect(lines.shown.map(({ id }) => id)).toEqual([1]);
});

test('the page keeps five thousand lines, however many come', () => {
  let lines = NO_LINES;
  for (let first = 0; first < 6_000; first += 200) {
    lines = withLive(lines, live(...Array.from({ length: 200 }, (_, at) => line(first + at))), following);
  }
  expect(lines.shown).toHaveLength(5_000);
  expect(lines.shown[0]?.id).toBe(5_999);
});

test.each([
  ['live', (lines: Lines, ...items: Query[]) => withLive(lines, live(...items), following)],
  [
    'held back before',
    (lines: Lines, ...items: Query[]) =>
      released(withLive(lines, live(...items), { ...following, holds: true })),
  ],
])('where lines that came %s push out the oldest, what is older goes on behind the last kept', (_, come) => {
  const page = { nextCursor: '1', searchedTo: '2026-11-22T11:00:00.000Z' };
  const history = newest({
    items: Array.from({ length: 4_999 }, (_, n) => line(5_000 - n)),
    ...page,
  });
  expect(come(history, line(5_001))).toMatchObject(page);
  const cut = come(history, line(5_001), line(5_002), line(5_003));
  expect(cut.shown.at(-1)?.id).toBe(4);
  expect([cut.nextCursor, cut.searchedTo]).toEqual(['4', undefined]);
  expect(
    withOlder(cut, { items: [line(3), line(2)] }, '4')
      .shown.slice(-3)
      .map(({ id }) => id),
  ).toEqual([4, 3, 2]);
});

test('a late page of older lines is not put behind a list that goes on elsewhere by now', () => {
  const history = newest({ items: [line(9), line(8)], nextCursor: '8' });
  expect(withOlder(history, { items: [line(3)], nextCursor: '3' }, '4')).toBe(history);
  expect(ids(withOlder(history, { items: [line(7)], nextCursor: '7' }, '8').shown)).toEqual([9, 8, 7]);
});

test('another filter shows what it had until its first page is here, and keeps what came live meanwhile', () => {
  const before = newest({ items: [line(2), line(1)], nextCursor: '1' });
  const waiting = withLive(begun(before), live(line(5), line(7)), following);
  expect(ids(waiting.shown)).toEqual([7, 5, 2, 1]);
  const after = withNewest(waiting, { items: [line(6), line(5), line(4)], nextCursor: '4' }, false);
  expect([ids(after.shown), after.nextCursor]).toEqual([[7, 6, 5, 4], '4']);
});

test('the newest page read again fills in what the stream missed, and the older lines stay', () => {
  const before = withLive(newest({ items: [line(3), line(2)], nextCursor: '2' }), live(line(8)), following);
  const page = { items: [line(7), line(6), line(3)], nextCursor: '3' };
  const after = withNewest(before, page, false);
  expect([ids(after.shown), after.nextCursor]).toEqual([[8, 7, 6, 3, 2], '2']);
});

test('where more was missed than a page holds, the list goes on behind that page', () => {
  const before = newest({ items: [line(3), line(2)], nextCursor: '2' });
  const page = { items: [line(90), line(80)], nextCursor: '80' };
  const following = withNewest(before, page, false);
  expect([ids(following.shown), following.nextCursor]).toEqual([[90, 80], '80']);
  const reading = withNewest(before, page, true);
  expect([ids(reading.shown), ids(reading.held), reading.nextCursor]).toEqual([[3, 2], [90, 80], '2']);
  const shown = released(reading);
  expect([ids(shown.shown), shown.nextCursor, shown.gap]).toEqual([[90, 80], '80', undefined]);
});

test('what is read again while somebody reads further down is held, each line once', () => {
  const before = newest({ items: [line(3), line(2)], nextCursor: '2' });
  const reading = withLive(before, live(line(5)), { ...following, holds: true });
  const after = withNewest(reading, { items: [line(5), line(4), line(3)], nextCursor: '3' }, true);
  expect([ids(after.shown), ids(after.held)]).toEqual([
    [3, 2],
    [5, 4],
  ]);
});
