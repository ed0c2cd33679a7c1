/** Lines that are repeated of what a failed test said. */
const MESSAGE_LINES = 12;

/** What one part of the tests came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Full names of tests that were there and did not run. */
  readonly skipped: readonly string[];
  /** What failed, by file and name, with what was said: a long log may be cut before it is read. */
  readonly failures: readonly string[];
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Of the file itself: why it did not load. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A run without a readable report, or one that failed without a failed test (a file that does not load), counts one failure. */
export function countReport(
  name: string,
  report: VitestReport | undefined,
  exitCode: number | null,
): Outcome {
  if (report === undefined) return { passed: 0, failed: 1, skipped: [], failures: [`${name}: no report`] };
  const skipped = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName);
  const failures = report.testResults.flatMap(failuresOf);
  if (failures.length === 0 && exitCode !== 0)
    failures.push(`${name}: ended with ${exitCode ?? 'a signal'}, and no test of it failed`);
  return { passed: report.numPassedTests, failed: failures.length, skipped, failures };
}

function failuresOf(file: VitestReport['testResults'][number]): string[] {
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return file.status === 'failed' ? [told(file.name, file.message)] : [];
  return failed.map((test) => told(`${file.name} > ${test.fullName}`, test.failureMessages?.join('\n')));
}

/** Enough of what was said to know what to look for; all of it stands where the test ran. */
function told(what: string, message = ''): string {
  return [what, ...message.split('\n').slice(0, MESSAGE_LINES)].join('\n    ').trimEnd();
}

export interface Closing {
  /** The failures, then the numbers. */
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/** The last lines of `npm test`. In CI nothing may be left out: what was not run there was not tested. */
export function close(outcomes: readonly Outcome[], notRun: readonly string[], inCi: boolean): Closing {
  const sum = (of: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const left = [...notRun, ...outcomes.flatMap((outcome) => outcome.skipped)];
  const counts = `${sum('passed')} passed, ${sum('failed')} failed`;
  return {
    lines: [
      ...outcomes.flatMap((outcome) => outcome.failures).map((failure) => `FAILED ${failure}`),
      left.length === 0 ? counts : `${counts} (not run here: ${left.join('; ')})`,
    ],
    exitCode: sum('failed') > 0 || (inCi && left.length > 0) ? 1 : 0,
  };
}
