import { CAUSES } from './causes.ts';
import type { Cores } from './cores.ts';
import { LOAD } from './dnsperf.ts';
import type { LoadResult, Target } from './load.ts';

export interface Circumstances {
  readonly machine: string;
  readonly versions: string;
  readonly cores: Cores;
  readonly rounds: number;
  readonly seconds: number;
  readonly day: string;
}

/** docs/bench.md as a whole: it is written by `npm run bench`, never by hand. */
export function benchPage(results: readonly LoadResult[], about: Circumstances): string {
  const targets = results.flatMap((result) => result.targets);
  return `# Speed

Written by \`npm run bench\` on ${about.day}. Run it again to replace this page; \`npm run bench -- --help\` says how to run parts.

| target | wanted | measured (min–max) | |
|---|---|---|---|
${targets.map(targetRow).join('\n')}

${missed(targets)}Medians of ${about.rounds} rounds, with the least and the most beside them. In a round all servers take turns of ${about.seconds} s, and a ratio is
that of one round, so that a disturbed minute disturbs both sides.

- ${placing(about.cores)}
- Sallyport runs as \`npm start\` does, with all of its threads on that core: what its ledger, its query log and its API cost is in the
  figure. The peers get one thread each.
- Generator: \`dnsperf ${LOAD.join(' ')}\` on loopback, type A. "µs of processor" is what one answer costs the server, all threads
  together; it is the steadier figure on a busy machine.
- Machine: ${about.machine}. ${about.versions}.

${results.map(({ load, section }) => `## ${load}\n\n${section.trim()}\n`).join('\n')}`;
}

/** One line a target, for the terminal. */
export function describeTarget({ what, wanted, measured, met }: Target): string {
  return `${met ? 'met   ' : 'MISSED'}  ${what}: ${measured}; wanted ${wanted}`;
}

function targetRow({ what, wanted, measured, met }: Target): string {
  return `| ${what} | ${wanted} | ${measured} | ${met ? 'met' : '**missed**'} |`;
}

function missed(targets: readonly Target[]): string {
  const rows = targets
    .filter(({ met }) => !met)
    .map(({ id, what, wanted }) => `- **${what}, ${wanted}**: ${CAUSES[id] ?? 'not looked into yet.'}`);
  return rows.length === 0 ? '' : `What is missed, and why:\n\n${rows.join('\n')}\n\n`;
}

function placing({ server, generator, upstream, apart }: Cores): string {
  if (!apart)
    return 'This machine has one core: server, generator and upstream share it, and all speeds are lower than they would be apart.';
  const behind = upstream === generator ? 'the upstream shares it' : `the upstream core ${upstream}`;
  return `The server has core ${server}, the generator core ${generator}; ${behind}.`;
}
