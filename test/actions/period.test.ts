import { expect, test } from 'vitest';
import { parsePastPeriod, parsePeriod } from '../../src/actions/period.ts';
import { HOUR, MINUTE, NOON } from './world.ts';

const local = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).getTime();

test.each([
  ['2026-03-03T20:15Z', Date.UTC(2026, 2, 3, 20, 15)],
  ['2026-03-03T20:15:30.5+01:00', Date.UTC(2026, 2, 3, 19, 15, 30, 500)],
  ['2026-03-03T20:15:30-0130', Date.UTC(2026, 2, 3, 21, 45, 30)],
  ['2026-03-03 20:15', local(2026, 2, 3, 20, 15)],
  ['3 March 2026 20:15', local(2026, 2, 3, 20, 15)],
  ['3 mar 2026, 20:15:59', local(2026, 2, 3, 20, 15, 59)],
  ['2h ago', NOON - 2 * HOUR],
  ['15 m ago', NOON - 15 * MINUTE],
])('%s is a moment', (text, at) => {
  expect(parsePeriod(text, NOON)).toEqual({ from: at, until: at });
});

test.each([['2026-03-03'], ['3 March 2026']])('%s is a whole day', (text) => {
  expect(parsePeriod(text, NOON)).toEqual({ from: local(2026, 2, 3), until: local(2026, 2, 4) - 1 });
});

test('what has not been yet is not told of; today has begun', () => {
  expect(() => parsePastPeriod('2026-11-22T12:00:01Z', NOON)).toThrow('that has not been yet');
  expect(() => parsePastPeriod('2027-01-01', NOON)).toThrow('that has not been yet');
  expect(parsePastPeriod('2026-11-22T11:59Z/2026-11-22T13:00Z', NOON)).toMatchObject({ from: NOON - MINUTE });
});

test('two moments with a slash between them are a period', () => {
  expect(parsePeriod('2026-03-03T20:15Z/2026-03-03T21:15Z', NOON)).toEqual({
    from: Date.UTC(2026, 2, 3, 20, 15),
    until: Date.UTC(2026, 2, 3, 21, 15),
  });
});

test.each([
  [''],
  ['soon'],
  ['2026-02-31'],
  ['2026-03-03T25:00Z'],
  ['3 Marchy 2026'],
  ['0026-03-03'],
  ['2026-03-03T20:15Z/2026-03-03T19:15Z'],
  ['1h ago/2h ago/3h ago'],
])('%j is refused with examples', (text) => {
  expect(() => parsePeriod(text, NOON)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
