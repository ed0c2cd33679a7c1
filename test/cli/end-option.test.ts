import { describe, expect, test } from 'vitest';
import { endOption } from '../../src/cli/commands/period.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const local = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();

describe('when something shall end', () => {
  test.each([
    ['2026-12-03', '2026-12-03'],
    ['3 December 2026', '2026-12-03'],
    ['3 Dec 2026', '2026-12-03'],
    ['2026-12-03T18:00:00Z', '2026-12-03T18:00:00.000Z'],
    ['2026-12-03T18:00+02:00', '2026-12-03T16:00:00.000Z'],
    ['2026-12-03 18:00', local(2026, 11, 3, 18, 0)],
    ['3 December 2026 18:00', local(2026, 11, 3, 18, 0)],
    ['2h', '2026-11-22T14:00:00.000Z'],
    ['3d', '2026-11-25T12:00:00.000Z'],
  ])('%s is %s', (text, end) => {
    expect(endOption(text, NOW)).toBe(end);
  });

  test.each([
    'tomorrow',
    '03/12/2026',
    '12/3/26',
    '2h ago',
    '2026-02-31',
    '2026-12-03/2026-12-04',
    '5',
    'always',
  ])('%s is refused, with examples', (text) => {
    expect(() => endOption(text, NOW)).toThrow(/^not an end: .*2026-12-31.*3 December 2026.*2h/);
  });

  test('nothing said is nothing', () => expect(endOption(undefined, NOW)).toBeUndefined());
});
