import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface DnsperfRun {
  readonly port: number;
  /** Lines of `name type`. */
  readonly questionsFile: string;
  /** once: every question one time. Else the file over and over, for so many seconds. */
  readonly length: 'once' | number;
}

export interface DnsperfResult {
  readonly queriesPerSecond: number;
  readonly averageMs: number;
  readonly lost: number;
  /** Share of each rcode, for example { NOERROR: 100 }, in percent. */
  readonly rcodes: Readonly<Record<string, number>>;
}

/** One client thread with a hundred questions under way, on loopback. */
export const LOAD = ['-c', '4', '-T', '1', '-q', '100'] as const;

export async function dnsperf({ port, questionsFile, length }: DnsperfRun): Promise<DnsperfResult> {
  const time = length === 'once' ? ['-n', '1', '-l', String(LONGEST_SECONDS)] : ['-l', String(length)];
  const where = ['-s', '127.0.0.1', '-p', String(port), '-d', questionsFile];
  const { stdout } = await promisify(execFile)('dnsperf', [...where, ...time, ...LOAD]);
  return readDnsperf(stdout);
}

/** Reads the statistics that dnsperf 2.x prints at the end. Throws with the text when they are not there. */
export function readDnsperf(text: string): DnsperfResult {
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`dnsperf printed no ${pattern.source}:\n${text}`);
    return found;
  };
  const rcodes = find(/Response codes:\s+(.+)/).matchAll(/([A-Z0-9]+) \d+ \(([\d.]+)%\)/g);
  return {
    queriesPerSecond: Number(find(/Queries per second:\s+([\d.]+)/)),
    averageMs: Number(find(/Average Latency \(s\):\s+([\d.]+)/)) * 1_000,
    lost: Number(find(/Queries lost:\s+(\d+)/)),
    rcodes: Object.fromEntries([...rcodes].map(([, rcode = '', share]) => [rcode, Number(share)])),
  };
}

/** Seconds after which a run over the file is cut off; it measures speed all the same. */
const LONGEST_SECONDS = 30;
