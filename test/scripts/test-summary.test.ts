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
      name: 'test/a.test.ts',
      status: statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status, i) => ({
        status,
        fullName: `test ${i + 1}`,
        failureMessages: status === 'failed' ? ['expected 1 to be 2\n  at here'] : [],
      })),
    },
  ],
});

test('all that ran and passed closes with the two numbers and nothing else', () => {
  const outcomes = [
    countReport('units', report('passed', 'passed'), 0),
    { passed: 1, failed: 0, skipped: [], failures: [] },
  ];
  expect(close(outcomes, [], true)).toEqual({ lines: ['3 passed, 0 failed'], exitCode: 0 });
});

test.each([
  ['a failed test', countReport('units', report('passed', 'failed'), 1)],
  ['a run that left no report', countReport('units', undefined, null)],
  ['an error outside every test', countReport('units', report('passed'), 1)],
])('%s fails the run', (_, outcome) => {
  expect(outcome.failed).toBe(1);
  expect(close([outcome], [], false).exitCode).toBe(1);
});

test('what failed is named before the numbers, with what it said', () => {
  const outcomes = [
    countReport('units', report('passed', 'failed'), 1),
    countReport('faults', undefined, null),
  ];
  expect(close(outcomes, [], true).lines).toEqual([
    'FAILED test/a.test.ts > test 2\n    expected 1 to be 2\n      at here',
    'FAILED faults: no report',
    '1 passed, 2 failed',
  ]);
});

test('a file that does not load is a failure of its own', () => {
  const unloaded = {
    name: 'test/b.test.ts',
    status: 'failed',
    message: 'no such module',
    assertionResults: [],
  };
  const whole = report('passed');
  expect(countReport('units', { ...whole, testResults: [...whole.testResults, unloaded] }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: [],
    failures: ['test/b.test.ts\n    no such module'],
  });
});

test('what did not run is named, and fails in CI only', () => {
  const outcomes = [countReport('units', report('passed', 'skipped'), 0)];
  const lines = ['1 passed, 0 failed (not run here: page (needs chromium); test 2)'];
  expect(close(outcomes, ['page (needs chromium)'], false)).toEqual({ lines, exitCode: 0 });
  expect(close(outcomes, ['page (needs chromium)'], true)).toEqual({ lines, exitCode: 1 });
});

test('a bare machine runs the units, and misses what the others need', () => {
  const bare = SUITES.map((suite) => [suite.name, missingFor(suite, () => false).length > 0]);
  expect(bare.filter(([, misses]) => !misses)).toEqual([
    ['units', false],
    ['scenarios', false],
    ['simulation', false],
  ]);
});
