/** Queries a second of several servers that take turns, and the table of them. */
import { type DnsperfRun, dnsperf } from './dnsperf.ts';
import type { Bench, Target } from './load.ts';
import { processorUs } from './process-use.ts';
import type { Room } from './room.ts';
import type { Server, Subject } from './servers.ts';
import { asCount, asRatio, figureOf, median, ratioOf, showFigure } from './statistics.ts';

export interface Rate {
  readonly queriesPerSecond: number;
  readonly averageMs: number;
  readonly lost: number;
  /** Microseconds of processor for one answer, all threads together: what a busy neighbour does not change. */
  readonly processorUs: number;
}

/** Each subject's rounds, in their order. */
export type Rates = Map<Subject, Rate[]>;

export interface RateRun {
  readonly room: Room;
  readonly server: Server;
  readonly questionsFile: string;
  readonly length: DnsperfRun['length'];
  /** Every answer must have this rcode: refusals are quicker than answers, and a ratio of those would flatter. */
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'any';
}

export async function measureRate({ room, server, questionsFile, length, rcode }: RateRun): Promise<Rate> {
  const { port, pid, subject } = server;
  const before = processorUs(pid);
  const result = await dnsperf({
    port,
    questionsFile,
    length,
    prefix: room.inside(room.cores.generator),
    signal: room.signal,
  });
  const share = rcode === 'any' ? 100 : (result.rcodes[rcode] ?? 0);
  if (share < ALL_BUT_STRAYS)
    throw new Error(`${subject}: not all were ${rcode}: ${JSON.stringify(result.rcodes)}`);
  return {
    queriesPerSecond: result.queriesPerSecond,
    averageMs: result.averageMs,
    lost: result.lost,
    processorUs: (processorUs(pid) - before) / result.completed,
  };
}

export function addRate(rates: Rates, subject: Subject, rate: Rate): void {
  rates.set(subject, [...(rates.get(subject) ?? []), rate]);
}

export function describeRate(bench: Bench, load: string, round: number, subject: Subject, rate: Rate): void {
  const speed = asCount(rate.queriesPerSecond).padStart(9);
  bench.progress(
    `${load.padEnd(12)} ${round}/${bench.rounds}  ${subject.padEnd(13)} ${speed} q/s  ${rate.processorUs.toFixed(1)} µs of processor each`,
  );
}

/** One line a subject, with Sallyport's queries for one of theirs. */
export function rateTable(rates: Rates, ours: Subject = 'Sallyport'): string {
  const own = speeds(rates, ours);
  const rows = [...rates].map(([subject, rounds]) => {
    const of = (value: (rate: Rate) => number) => rounds.map(value);
    const cells = [
      subject,
      showFigure(figureOf(of((rate) => rate.queriesPerSecond)), asCount),
      subject === ours ? '' : showFigure(ratioOf(own, speeds(rates, subject)), asRatio),
      median(of((rate) => rate.averageMs)).toFixed(2),
      median(of((rate) => rate.processorUs)).toFixed(1),
      asCount(of((rate) => rate.lost).reduce((sum, lost) => sum + lost, 0)),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `| | q/s (min–max) | Sallyport to it | ms | µs of processor | lost |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

export function ratioTarget(
  rates: Rates,
  { id, what, peer, least }: { id: string; what: string; peer: Subject; least: number },
): Target {
  const ratio = ratioOf(speeds(rates, 'Sallyport'), speeds(rates, peer));
  return {
    id,
    what,
    wanted: `at least ${asRatio(least)} of ${peer}`,
    measured: showFigure(ratio, asRatio),
    met: ratio.median >= least,
  };
}

export function speeds(rates: Rates, subject: Subject): readonly number[] {
  return (rates.get(subject) ?? []).map((rate) => rate.queriesPerSecond);
}

/** Percent: a stray packet of another program must not end a run of minutes. */
const ALL_BUT_STRAYS = 99.9;
