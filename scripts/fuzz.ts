/**
 * Feeds malformed packets to everything that reads octets, for a bounded time: nothing may throw, and every answer is well-formed.
 * Exit code 1 on the first failure, with what reproduces it.
 */
import { parseArgs } from 'node:util';
import { readCorpus } from './fuzz/corpus.ts';
import { describeResult, fuzz, type Progress, replay } from './fuzz/run.ts';
import { isProgram } from './support/program.ts';

const HELP = `npm run fuzz -- [options]

  --seconds 20    how long to go on
  --packets N     how many packets to feed; ends sooner when the seconds are over
  --seed 1        where chance begins; the same seed and corpus feed the same packets
  --corpus DIR    packets to begin with: *.txt (hex, a line each, # for comments) and *.bin, *.pkt, *.raw (octets)
  --replay HEX    feeds this one packet, as a failure reports it
  --json          the result as one line of JSON
  --help

Examples
  npm run fuzz
  npm run fuzz -- --seconds 600 --seed $RANDOM
  npm run fuzz -- --corpus ~/dns-fuzzing/packet --seconds 60
  npm run fuzz -- --replay 123401000001000000000000`;

/** Packets of our own; every class of malformed that we know of. */
const OWN_CORPUS = 'test/dns/wire/corpus';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '20' },
      packets: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: '1' },
      corpus: { type: 'string', default: OWN_CORPUS },
      replay: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const [seconds, packets, seed] = [values.seconds, values.packets, values.seed].map(Number);
  if (
    !(seconds !== undefined && seconds > 0) ||
    !(packets !== undefined && packets > 0) ||
    !Number.isInteger(seed)
  ) {
    console.error(
      '--seconds and --packets take a number above 0, --seed a whole number; --help has examples',
    );
    process.exitCode = 2;
    return;
  }
  const result =
    values.replay === undefined
      ? await fuzz({
          corpus: await readCorpus(values.corpus),
          seed: seed ?? 1,
          seconds,
          packets,
          onProgress: values.json ? () => undefined : showProgress,
        })
      : await replay(Buffer.from(values.replay.replaceAll(/\s/g, ''), 'hex'));
  console.log(values.json ? JSON.stringify(result) : describeResult(result));
  if (result.failure !== undefined) process.exitCode = 1;
}

function showProgress({ packets, elapsedS, slowestMs }: Progress): void {
  const rate = Math.round(packets / Math.max(elapsedS, 0.001));
  console.error(
    `${elapsedS.toFixed(0)} s: ${packets} packets, ${rate} a second, the slowest ${slowestMs.toFixed(2)} ms`,
  );
}

if (isProgram(import.meta.url)) await main();
