/** Simulates houses from their seeds, with everything that goes wrong, and says which promise was broken. */
import { parseArgs } from 'node:util';
import { addCounts } from '../test/simulation/counts.ts';
import { FAULTS } from '../test/simulation/faults.ts';
import { runSimulations } from '../test/simulation/pool.ts';
import { commandFor, describeBroken, describeCounts } from '../test/simulation/report.ts';
import { daysOfWrites, judgeDays } from '../test/simulation/rotation-days.ts';
import { ALL_GROUPS, groupsInCampaign } from '../test/simulation/world.ts';
import { isProgram } from './support/program.ts';

const HELP = `npm run simulate -- [options]

  --seed 1        where chance begins; the same seed gives the same events
  --seeds 1       how many seeds, one after the other from the first
  --hours 10      simulated hours of each
  --groups 3      client groups of each house, with their firewalls; mixed: as many as in the campaign of the tests,
                  most of them small
  --days 7        instead: so many days of a Plex host behind a pfSense, and what each wrote; minutes of processor.
                  Exit code 1 when that is more than promised, or an answer was told unconfirmed
  --busy          with --days: content networks that replace their addresses every day
  --faults a,b    only these kinds of faults; \`none\` for none (default: all)
  --digest        print what must be the same when it is run again
  --json          each result as one line of JSON
  --help

Faults: ${Object.keys(FAULTS).join(', ')}

Examples
  npm run simulate
  npm run simulate -- --seed 17 --hours 24
  npm run simulate -- --seeds 200 --hours 10 --groups mixed
  npm run simulate -- --days 7
  npm run simulate -- --seed 3 --hours 48 --faults 'firewall lies,disk full'`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      hours: { type: 'string', default: '10' },
      groups: { type: 'string', default: String(ALL_GROUPS) },
      days: { type: 'string' },
      busy: { type: 'boolean', default: false },
      faults: { type: 'string' },
      digest: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const [seed = Number.NaN, seeds = Number.NaN, hours = Number.NaN] = [
    values.seed,
    values.seeds,
    values.hours,
  ].map(Number);
  const faults = chosenFaults(values.faults);
  const unknown = faults?.filter((fault) => !(fault in FAULTS)) ?? [];
  const days = Number(values.days ?? 1);
  const groupsOf = (one: number) =>
    values.groups === 'mixed' ? groupsInCampaign(one) : Number(values.groups);
  if (
    !Number.isInteger(seed) ||
    !(days >= 1) ||
    !(seeds >= 1) ||
    ![1, 2, ALL_GROUPS].includes(groupsOf(seed)) ||
    !(hours > 0) ||
    unknown.length > 0
  ) {
    const why =
      unknown.length > 0 ? `no such fault: ${unknown.join(', ')}` : 'these are not numbers to count by';
    console.error(`${why}; --help has examples`);
    process.exitCode = 2;
    return;
  }

  if (values.days !== undefined) {
    const lived = await daysOfWrites({ seed, days, rotation: values.busy ? 'busy' : 'calm' });
    const broken = judgeDays(lived);
    if (values.json) console.log(JSON.stringify(lived));
    else console.table(lived.map(({ lastWriteMs: _, ...day }, n) => ({ day: n + 1, ...day })));
    for (const sentence of broken) console.error(sentence);
    if (broken.length > 0) process.exitCode = 1;
    return;
  }
  let counts: Readonly<Record<string, number>> = {};
  const began = performance.now();
  const jobs = Array.from({ length: seeds }, (_, i) => ({
    seed: seed + i,
    hours,
    groups: groupsOf(seed + i),
    digest: values.digest,
    ...(faults === undefined ? {} : { faults }),
  }));
  const results = await runSimulations(jobs, {
    onResult(result) {
      counts = addCounts(counts, result.counts);
      if (values.json) console.log(JSON.stringify(result));
      else if (result.broken !== undefined)
        console.log(`${describeBroken(result.broken, commandFor(result, hours, faults))}\n`);
      else if (values.digest) console.log(`seed ${result.seed}: ${result.digest}`);
    },
  });
  const broken = results.filter((result) => result.broken !== undefined);
  if (!values.json) {
    const total = results.reduce((sum, result) => sum + result.hours, 0);
    const tookS = (performance.now() - began) / 1000;
    console.log(describeCounts(counts));
    console.log(
      `${total.toFixed(0)} simulated hours, ${results.length} seeds, ${broken.length} broken, ${tookS.toFixed(0)} s`,
    );
  }
  if (broken.length > 0) process.exitCode = 1;
}

function chosenFaults(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  return text === 'none' ? [] : text.split(',').map((fault) => fault.trim());
}

if (isProgram(import.meta.url)) await main();
