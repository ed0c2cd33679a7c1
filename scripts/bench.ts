/**
 * Cached and forwarded queries per second beside dnsmasq, in one run, each as a ratio; writes docs/bench.md.
 *
 *   dnsperf ──▶ Sallyport ──┐
 *           ──▶ dnsmasq ────┴──▶ a dnsmasq that answers from its command line
 *
 *   npm run bench -- [--rounds 5] [--seconds 3] [--questions 20000] [--no-page]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dnsperf, LOAD } from './bench/dnsperf.ts';
import { benchPage, describeScore, type Load, type Round, type Subject, score } from './bench/report.ts';
import { freePort } from './support/ports.ts';
import { isProgram } from './support/program.ts';
import { isHealthy, launchSallyport, type SallyportProcess, untilUp } from './support/sallyport-process.ts';
import { findProgram } from './test/suites.ts';

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly questions: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      questions: { type: 'string', default: '20000' },
      page: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const missing = ['dnsperf', 'dnsmasq'].filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    console.error(`npm run bench needs ${missing.join(' and ')}: apt-get install dnsperf dnsmasq-base`);
    process.exitCode = 1;
    return;
  }
  const plan = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    questions: Number(values.questions),
  };
  const rounds = await measure(plan);
  const scores = (['cached', 'forwarded'] as const).map((load) => score(rounds, load));
  for (const line of scores.map(describeScore)) console.log(line);
  if (values.page) {
    const cores = cpus();
    await writeFile(
      'docs/bench.md',
      benchPage(scores, {
        command: 'npm run bench',
        machine: `${cores.length} cores of ${cores[0]?.model.trim() ?? 'an unknown processor'}, Linux ${release()}`,
        versions: `Node ${process.version}, dnsmasq ${versionOf('dnsmasq', '--version')}, dnsperf ${versionOf('dnsperf', '-h')}`,
        load: LOAD.join(' '),
        rounds: plan.rounds,
        questions: plan.questions,
        day: new Date().toISOString().slice(0, 10),
      }),
    );
    console.log('written to docs/bench.md');
  }
}

async function measure({ rounds, seconds, questions }: Plan): Promise<readonly Round[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const helpers: ChildProcess[] = [];
  let sallyport: SallyportProcess | undefined;
  try {
    const upstream = await freePort();
    helpers.push(dnsmasq(upstream, [`--address=/${ZONE}/192.0.2.7`, '--local-ttl=3600', '--cache-size=0']));
    const rival = await freePort();
    // With the cache it ships with (150 names): a larger one made it forward five times slower, which would flatter us.
    helpers.push(dnsmasq(rival, [`--server=127.0.0.1#${upstream}`]));
    const own = await freePort();
    sallyport = await startSallyport(directory, own, upstream);
    const ports: Readonly<Record<Subject, number>> = { Sallyport: own, dnsmasq: rival };

    const done: Round[] = [];
    const run = async (subject: Subject, load: Load, questionsFile: string, length: 'once' | number) => {
      const result = await dnsperf({ port: ports[subject], questionsFile, length });
      // Refusals are quicker than answers; a ratio of those would flatter.
      if ((result.rcodes['NOERROR'] ?? 0) < 99.9) {
        throw new Error(`${subject}, ${load}: not all were answered: ${JSON.stringify(result.rcodes)}`);
      }
      console.log(`${load.padEnd(9)}  ${subject.padEnd(9)}  ${Math.round(result.queriesPerSecond)} q/s`);
      return { subject, load, result };
    };

    const cached = await writeQuestions(directory, 'cached', 100);
    for (const subject of SUBJECTS) await dnsperf({ port: ports[subject], questionsFile: cached, length: 1 });
    for (let round = 1; round <= rounds; round++) {
      for (const subject of SUBJECTS) done.push(await run(subject, 'cached', cached, seconds));
      const fresh = await writeQuestions(directory, `round-${round}`, questions);
      for (const subject of SUBJECTS) done.push(await run(subject, 'forwarded', fresh, 'once'));
    }
    return done;
  } finally {
    await sallyport?.stop('SIGKILL');
    for (const helper of helpers) helper.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

const ZONE = 'bench.example.net';
const SUBJECTS: readonly Subject[] = ['Sallyport', 'dnsmasq'];

async function writeQuestions(directory: string, label: string, count: number): Promise<string> {
  const file = join(directory, `${label}.txt`);
  await writeFile(file, Array.from({ length: count }, (_, i) => `n${i}.${label}.${ZONE} A\n`).join(''));
  return file;
}

function dnsmasq(port: number, more: readonly string[]): ChildProcess {
  const alone = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--no-hosts', '--no-resolv'];
  const where = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces'];
  return spawn(findProgram('dnsmasq') ?? 'dnsmasq', [...alone, ...where, ...more], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function startSallyport(directory: string, port: number, upstream: number): Promise<SallyportProcess> {
  const config = join(directory, 'sallyport.yaml');
  await writeFile(
    config,
    `
groups:
  - name: bench
    clients: [127.0.0.1]
    mode: enforce
    rules:
      - allow: .${ZONE}
`,
  );
  const web = await freePort();
  const sallyport = launchSallyport({
    env: {
      SALLYPORT_CONFIG: config,
      SALLYPORT_DATA_DIR: join(directory, 'data'),
      SALLYPORT_DNS_LISTEN: `127.0.0.1:${port}`,
      SALLYPORT_WEB_LISTEN: `127.0.0.1:${web}`,
      SALLYPORT_UPSTREAMS: `udp://127.0.0.1:${upstream}`,
    },
  });
  try {
    await untilUp(sallyport, () => isHealthy(web));
  } catch (error) {
    await sallyport.stop('SIGKILL');
    throw error;
  }
  return sallyport;
}

function versionOf(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(findProgram(program) ?? program, [flag], { encoding: 'utf8' });
  return `${stdout}${stderr}`.match(/version (\S+)/i)?.[1] ?? 'unknown';
}

if (isProgram(import.meta.url)) await main();
