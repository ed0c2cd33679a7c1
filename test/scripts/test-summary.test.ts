/** The closing line is what people and CI believe, so it may not be kinder than the tests were. */
import { expect, test } from 'vitest';
import { missingFor, SUITES } from '../../scripts/test/suites.ts';
import { close, countReport, type VitestReport } from '../../scripts/test/summary.ts';

const report = (...statuses: readonly string[]): VitestReport => ({
  success: !statuses.includes('failed'),
  numPassedTests: statuses.filter((status) => status === 'passed').length,
  numFailedTests: statuses.filter((status) => status === 'failed').length,
  testResults: [
    {
      status: statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status, i) => ({ status, fullName: `test ${i + 1}` })),
    },
  ],
});

test('all that ran and passed closes with the two numbers and nothing else', () => {
  const outcomes = [countReport(report('passed', 'passed'), 0), { passed: 1, failed: 0, skipped: [] }];
  expect(close(outcomes, [], true)).toEqual({ line: '3 passed, 0 failed', exitCode: 0 });
});

test.each([
  ['a failed test', countReport(report('passed', 'failed'), 1)],
  ['a run that left no report', countReport(undefined, null)],
  ['an error outside every test', countReport(report('passed'), 1)],
])('%s fails the run', (_, outcome) => {
  expect(outcome.failed).toBe(1);
  expect(close([outcome], [], false).exitCode).toBe(1);
});

test('a file that does not load is a failure of its own', () => {
  const unloaded = { status: 'failed', assertionResults: [] };
  const whole = report('passed');
  expect(countReport({ ...whole, testResults: [...whole.testResults, unloaded] }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: [],
  });
});

test('what did not run is named, and fails in CI only', () => {
  const outcomes = [countReport(report('passed', 'skipped'), 0)];
  const line = '1 passed, 0 failed (not run here: page (needs chromium); test 2)';
  expect(close(outcomes, ['page (needs chromium)'], false)).toEqual({ line, exitCode: 0 });
  expect(close(outcomes, ['page (needs chromium)'], true)).toEqual({ line, exitCode: 1 });
});

test('a bare machine runs the units, and misses what the others need', () => {
  const bare = SUITES.map((suite) => [suite.name, missingFor(suite, () => false).length > 0]);
  expect(bare.filter(([, misses]) => !misses)).toEqual([
    ['units', false],
    ['scenarios', false],
    ['simulation', false],
  ]);
});
