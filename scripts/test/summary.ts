/** What one part of the tests came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Full names of tests that were there and did not run. */
  readonly skipped: readonly string[];
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A run without a readable report, or one that failed without a failed test (a file that does not load), counts one failure. */
export function countReport(report: VitestReport | undefined, exitCode: number | null): Outcome {
  if (report === undefined) return { passed: 0, failed: 1, skipped: [] };
  const skipped = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName);
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped,
  };
}

export interface Closing {
  readonly line: string;
  readonly exitCode: 0 | 1;
}

/** The last line of `npm test`. In CI nothing may be left out: what was not run there was not tested. */
export function close(outcomes: readonly Outcome[], notRun: readonly string[], inCi: boolean): Closing {
  const sum = (of: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const left = [...notRun, ...outcomes.flatMap((outcome) => outcome.skipped)];
  const counts = `${sum('passed')} passed, ${sum('failed')} failed`;
  return {
    line: left.length === 0 ? counts : `${counts} (not run here: ${left.join('; ')})`,
    exitCode: sum('failed') > 0 || (inCi && left.length > 0) ? 1 : 0,
  };
}
