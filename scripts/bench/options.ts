import { parseArgs } from 'node:util';
import type { Load } from './load.ts';

export interface Options {
  readonly loads: readonly Load[];
  readonly rounds: number;
  readonly seconds: number;
  readonly logRows: number;
  readonly json: boolean;
  /** Whether docs/bench.md is written; part of the loads would make a page of parts. */
  readonly page: boolean;
}

/** What is wrong is a sentence. */
export function readOptions(
  argv: readonly string[],
  all: readonly Load[],
): Options | 'help' | { problem: string } {
  const { values } = parse(argv);
  if (values === undefined) return { problem: 'unknown option; --help lists them' };
  if (values.help) return 'help';
  const wanted = values.only?.split(',').map((name) => name.trim());
  const unknown = wanted?.find((name) => !all.some((load) => load.name === name));
  if (unknown !== undefined)
    return { problem: `there is no load ${unknown}; there are ${all.map(({ name }) => name).join(', ')}` };
  const numbers = { rounds: values.rounds, seconds: values.seconds, 'log-rows': values['log-rows'] };
  for (const [name, text] of Object.entries(numbers))
    if (!/^[1-9]\d*$/.test(text)) return { problem: `--${name} wants a whole number above 0, not ${text}` };
  return {
    loads: all.filter(({ name }) => wanted?.includes(name) ?? true),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    logRows: Number(values['log-rows']),
    json: values.json,
    page: values.page ?? wanted === undefined,
  };
}

export function help(all: readonly Load[]): string {
  return `Measures Sallyport beside other DNS servers in one run, each figure a ratio to them; writes docs/bench.md.

  npm run bench -- [options]

Loads, all of them unless --only names some:
${all.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

Options:
  --only NAMES   some of the loads, separated by commas; the page is then left alone
  --rounds N     rounds in which the servers take turns (5)
  --seconds N    of each timed run (3)
  --log-rows N   rows of the query log that is searched (10000000)
  --json         the results as JSON on standard output
  --page         write docs/bench.md even with --only; --no-page: never

Examples:
  npm run bench                                        everything, about half an hour
  npm run bench -- --only cached,refused               after a change of the hot path
  npm run bench -- --only rules --rounds 3 --json
  npm run bench -- --only log --log-rows 1000000 --no-page

The server runs on the first core of this process, the generator on the second. Programs come from Debian:
  apt-get install dnsperf dnsmasq-base unbound pdns-recursor dnsdist nftables iproute2`;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '3' },
        'log-rows': { type: 'string', default: '10000000' },
        json: { type: 'boolean', default: false },
        page: { type: 'boolean' },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowNegative: true,
    });
  } catch {
    return { values: undefined };
  }
}
