/**
 * All that `npm test` runs: the checks, every test that runs anywhere, and those that need more of the machine.
 * Suites that cannot run here are named in the last line; with CI=true that fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProgram } from './support/program.ts';
import { machineHas, missingFor, SUITES, type Suite } from './test/suites.ts';
import { close, countReport, type Outcome, type VitestReport } from './test/summary.ts';

async function main(): Promise<void> {
  const [rest, ...special] = SUITES as readonly [Suite, ...Suite[]];
  const gaps = special.flatMap((suite) => {
    const missing = missingFor(suite, machineHas);
    return missing.length === 0 ? [] : [{ suite, text: `${suite.name} (needs ${missing.join(', ')})` }];
  });
  const left = gaps.map((gap) => gap.suite);
  const excluded = left.flatMap((suite) => ['--exclude', suite.files]);

  const directory = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  try {
    const outcomes: Outcome[] = [await step('check'), await step('build:web')];
    outcomes.push(await vitest(directory, rest, excluded));
    for (const suite of special) {
      if (suite.config !== undefined && !left.includes(suite))
        outcomes.push(await vitest(directory, suite, []));
    }
    const { lines, exitCode } = close(
      outcomes,
      gaps.map((gap) => gap.text),
      process.env['CI'] === 'true',
    );
    for (const line of lines) console.log(line);
    process.exitCode = exitCode;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A script of package.json counts as one test; the page's build fails when it has grown too large. */
async function step(script: string): Promise<Outcome> {
  const ok = (await run('npm', ['run', '--silent', script])) === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [], failures: ok ? [] : [`npm run ${script}`] };
}

async function vitest(directory: string, suite: Suite, more: readonly string[]): Promise<Outcome> {
  const file = join(directory, `${suite.name.replaceAll(' ', '-')}.json`);
  const config = suite.config === undefined ? [] : ['--config', suite.config];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const exitCode = await run('vitest', ['run', ...config, ...reporters, ...more]);
  return countReport(suite.name, await readReport(file), exitCode);
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    console.error(`vitest left no report: ${(error as Error).message}`);
    return undefined;
  }
}

async function run(program: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return exitCode;
}

if (isProgram(import.meta.url)) await main();
