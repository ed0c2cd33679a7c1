import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { percentile } from './statistics.ts';

export interface DnsperfRun {
  readonly port: number;
  /** Lines of `name type`. */
  readonly questionsFile: string;
  /** once: every question one time. Else the file over and over, for so many seconds. */
  readonly length: 'once' | number;
  /** Questions a second; as many as are answered when left out. */
  readonly rate?: number;
  /** What the program is run inside: a core, a network namespace. */
  readonly prefix: readonly string[];
  readonly signal: AbortSignal;
  readonly address?: string;
  /** The address to ask from: another client group. */
  readonly from?: string;
}

export interface DnsperfResult {
  readonly queriesPerSecond: number;
  readonly completed: number;
  readonly averageMs: number;
  readonly lost: number;
  /** Share of each rcode, for example { NOERROR: 100 }, in percent. */
  readonly rcodes: Readonly<Record<string, number>>;
}

export interface Latencies {
  /** Of each answer. */
  readonly ms: readonly number[];
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly lost: number;
  readonly queriesPerSecond: number;
}

/** Four clients with a hundred questions under way between them. */
export const LOAD = ['-c', '4', '-T', '1', '-q', '100'] as const;

export async function dnsperf(run: DnsperfRun): Promise<DnsperfResult> {
  return readDnsperf(await execute(run, []));
}

/** The time of every answer. They are written to a file, because printing to a slow reader would hold up the questions. */
export async function dnsperfLatencies(run: DnsperfRun, scratchFile: string): Promise<Latencies> {
  await execute({ ...run, prefix: [...run.prefix, 'sh', '-c', `exec "$@" >'${scratchFile}'`, 'sh'] }, ['-v']);
  const text = await readFile(scratchFile, 'utf8');
  await rm(scratchFile);
  const ms = readLatencies(text);
  const { lost, queriesPerSecond } = readDnsperf(text);
  return { ms, medianMs: percentile(ms, 50), p99Ms: percentile(ms, 99), lost, queriesPerSecond };
}

/** Reads the statistics that dnsperf 2.x prints at the end. Throws with the text when they are not there. */
export function readDnsperf(text: string): DnsperfResult {
  const statistics = text.slice(Math.max(0, text.lastIndexOf('Statistics:')));
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(statistics)?.[1];
    if (found === undefined)
      throw new Error(`dnsperf printed no ${pattern.source}:\n${text.slice(-LAST_WORDS)}`);
    return found;
  };
  const rcodes = find(/Response codes:\s+(.+)/).matchAll(/([A-Z0-9]+) \d+ \(([\d.]+)%\)/g);
  return {
    queriesPerSecond: Number(find(/Queries per second:\s+([\d.]+)/)),
    completed: Number(find(/Queries completed:\s+(\d+)/)),
    averageMs: Number(find(/Average Latency \(s\):\s+([\d.]+)/)) * 1_000,
    lost: Number(find(/Queries lost:\s+(\d+)/)),
    rcodes: Object.fromEntries([...rcodes].map(([, rcode = '', share]) => [rcode, Number(share)])),
  };
}

/** Milliseconds of each `> NOERROR name A 0.000123` that `dnsperf -v` prints. */
export function readLatencies(text: string): readonly number[] {
  return [...text.matchAll(/^> \S+ \S+ \S+ ([\d.]+)$/gm)].map(([, seconds]) => Number(seconds) * 1_000);
}

async function execute(run: DnsperfRun, more: readonly string[]): Promise<string> {
  const { port, questionsFile, length, rate, prefix, signal, address = '127.0.0.1', from } = run;
  const time = length === 'once' ? ['-n', '1', '-l', String(LONGEST_SECONDS)] : ['-l', String(length)];
  const pace = rate === undefined ? [] : ['-Q', String(Math.round(rate))];
  const where = ['-s', address, '-p', String(port), '-d', questionsFile];
  if (from !== undefined) where.push('-a', from);
  const [program = '', ...args] = [...prefix, 'dnsperf', ...where, ...time, ...pace, ...LOAD, ...more];
  const { stdout } = await promisify(execFile)(program, args, { signal, maxBuffer: 16 * 1_048_576 });
  return stdout;
}

/** Seconds after which a run over the file is cut off; it measures speed all the same. */
const LONGEST_SECONDS = 30;
/** Characters of what it printed that explain what went wrong. */
const LAST_WORDS = 2_000;
