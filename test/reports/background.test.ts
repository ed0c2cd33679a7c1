import { expect, test } from 'vitest';
import { isBackground } from '../../src/reports/background.ts';
import { HOUR, MINUTE } from '../store/world.ts';

test.each([
  ['never before', 2, undefined, false],
  ['in three hours only', 2, { count: 300, hours: 3 }, false],
  ['twice in each of many hours', 2, { count: 48, hours: 24 }, true],
  ['twice as often as in a usual hour', 4, { count: 48, hours: 24 }, true],
  ['far more often than in a usual hour', 9, { count: 48, hours: 24 }, false],
] as const)('refused %s', (_, count, before, expected) => {
  expect(isBackground({ count }, before, MINUTE)).toBe(expected);
});

test('who looks for hours may see more of what comes all day', () => {
  const before = { count: 48, hours: 24 };
  expect(isBackground({ count: 12 }, before, MINUTE)).toBe(false);
  expect(isBackground({ count: 12 }, before, 2.5 * HOUR)).toBe(true);
});
