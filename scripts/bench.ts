/**
 * Speed beside other servers in one run, each figure a ratio to them; writes docs/bench.md.
 *
 *   core 0: the server ◀── core 1: dnsperf, and the upstream
 *
 *   npm run bench -- --help
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { chooseCores } from './bench/cores.ts';
import type { LoadResult } from './bench/load.ts';
import { api } from './bench/loads/api.ts';
import { cached } from './bench/loads/cached.ts';
import { fill } from './bench/loads/fill.ts';
import { firstAnswer } from './bench/loads/first-answer.ts';
import { flood } from './bench/loads/flood.ts';
import { forwarded } from './bench/loads/forwarded.ts';
import { gate } from './bench/loads/gate.ts';
import { ledger } from './bench/loads/ledger.ts';
import { log } from './bench/loads/log.ts';
import { nftset } from './bench/loads/nftset.ts';
import { refused } from './bench/loads/refused.ts';
import { replay } from './bench/loads/replay.ts';
import { rotation } from './bench/loads/rotation.ts';
import { rules } from './bench/loads/rules.ts';
import { search } from './bench/loads/search.ts';
import { help, type Options, readOptions } from './bench/options.ts';
import { benchPage, describeTarget } from './bench/page.ts';
import { findProgram } from './support/find-program.ts';
import { isProgram } from './support/program.ts';

const LOADS = [
  cached,
  refused,
  forwarded,
  nftset,
  gate,
  firstAnswer,
  ledger,
  fill,
  rotation,
  flood,
  rules,
  log,
  search,
  replay,
  api,
];

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), LOADS);
  if (options === 'help') {
    console.log(help(LOADS));
    return;
  }
  const problem = 'problem' in options ? options.problem : missingPrograms(options);
  if ('problem' in options || problem !== undefined) {
    console.error(problem);
    process.exitCode = 2;
    return;
  }

  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  try {
    await report(options, await measure(options, stop.signal));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.error('stopped; nothing was written');
    process.exitCode = 130;
  }
}

async function measure(options: Options, signal: AbortSignal): Promise<readonly LoadResult[]> {
  const { rounds, seconds, logRows } = options;
  const progress = (line: string) => console.error(line);
  const bench = { cores: chooseCores(), signal, rounds, seconds, logRows, progress };
  const results: LoadResult[] = [];
  for (const load of options.loads) results.push(await load.measure(bench));
  return results;
}

async function report(options: Options, results: readonly LoadResult[]): Promise<void> {
  const targets = results.flatMap((result) => result.targets);
  if (options.json) console.log(JSON.stringify({ targets }, null, 2));
  else for (const target of targets) console.log(describeTarget(target));
  if (!options.page) return;
  const cores = cpus();
  const page = benchPage(results, {
    machine: `${cores.length} cores of ${cores[0]?.model.trim() ?? 'an unknown processor'}, Linux ${release()}`,
    versions: `Node ${process.version}, ${VERSIONS.map(versionOf).join(', ')}`,
    cores: chooseCores(),
    rounds: options.rounds,
    seconds: options.seconds,
    day: new Date().toISOString().slice(0, 10),
  });
  await writeFile('docs/bench.md', page);
  console.error('written to docs/bench.md');
}

/** A sentence with the remedy; undefined when all is there. */
function missingPrograms({ loads }: Options): string | undefined {
  const needed = new Set(['taskset', ...loads.flatMap(({ needs }) => needs)]);
  if (needed.delete('root') && process.getuid?.() !== 0)
    return 'a load that changes the packet filter of a network namespace needs root; leave it out with --only';
  const missing = [...needed].filter((program) => findProgram(program) === undefined);
  return missing.length === 0
    ? undefined
    : `npm run bench needs ${missing.join(', ')}: apt-get install ${missing.map((program) => PACKAGES[program] ?? program).join(' ')}`;
}

const PACKAGES: Readonly<Record<string, string>> = {
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  nft: 'nftables',
  pdns_recursor: 'pdns-recursor',
  taskset: 'util-linux',
};

const VERSIONS = [
  ['dnsmasq', '--version'],
  ['unbound', '-V'],
  ['pdns_recursor', '--version'],
  ['dnsdist', '--version'],
  ['dnsperf', '-h'],
] as const;

function versionOf([program, flag]: (typeof VERSIONS)[number]): string {
  const { stdout, stderr } = spawnSync(findProgram(program) ?? program, [flag], { encoding: 'utf8' });
  const version = `${stdout}${stderr}`.match(/(?:version |Recursor |dnsdist )(\d\S+)/i)?.[1];
  return `${program} ${version ?? 'unknown'}`;
}

if (isProgram(import.meta.url)) await main();
