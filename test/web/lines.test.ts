import { expect, test } from 'vitest';
import type { Query } from '../../web/src/api/types.ts';
import { linesAsCsv } from '../../web/src/features/log/csv.ts';
import { NO_LINES, released, withLive, withPage } from '../../web/src/features/log/lines.ts';

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
const following = { search: {}, holds: false, from: 0 };

test('what comes live stands above the history, the newest first, each line once', () => {
  const history = withPage(NO_LINES, { items: [line(2), line(1)] });
  const lines = withLive(history, live(line(2), line(3), line(4)), following);
  expect(lines.shown.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});

test('while somebody reads further down nothing moves, and what came is counted and then shown', () => {
  const history = withPage(NO_LINES, { items: [line(1)] });
  const reading = withLive(history, live(line(2), line(3)), { ...following, holds: true });
  expect(reading.shown.map(({ id }) => id)).toEqual([1]);
  expect(reading.held).toHaveLength(2);
  expect(released(reading).shown.map(({ id }) => id)).toEqual([3, 2, 1]);
});

test('live lines pass the same filter as history', () => {
  const search = { part: 'PLEX', verdict: 'denied', client: '192.168.20.5' } as const;
  const lines = withLive(
    NO_LINES,
    live(
      line(1, { name: 'metrics.plex.tv', verdict: 'denied' }),
      line(2, { name: 'metrics.plex.tv' }),
      line(3, { name: 'example.org', verdict: 'denied' }),
      line(4, { name: 'metrics.plex.tv', verdict: 'denied', client: '192.168.20.6' }),
    ),
    { ...following, search },
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

test('a name that a spreadsheet would take for a formula is text', () => {
  const csv = linesAsCsv([{ ...line(1, { name: '=cmd|calc!A1', answers: ['a"b', 'c'] }), key: '1' }]);
  expect(csv).toContain(`"'=cmd|calc!A1"`);
  expect(csv).toContain('"a""b c"');
});
