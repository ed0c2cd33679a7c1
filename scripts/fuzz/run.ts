/** Feeds packets to all targets until the time or the packets are over, or something fails. */
import { mutate } from './mutate.ts';
import { seeded } from './random.ts';
import { type Target, targets } from './targets.ts';

export interface FuzzOptions {
  readonly corpus: readonly Buffer[];
  readonly seed: number;
  readonly seconds: number;
  readonly packets: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly targets?: readonly Target[];
}

export interface Progress {
  readonly packets: number;
  readonly elapsedS: number;
  readonly slowestMs: number;
}

export interface FuzzResult {
  readonly seed: number;
  readonly packets: number;
  readonly elapsedS: number;
  /** Of each target: the longest it took for one packet, and that packet. */
  readonly slowest: readonly { readonly target: string; readonly ms: number; readonly packet: string }[];
  readonly failure?: Failure;
}

export interface Failure {
  readonly target: string;
  readonly message: string;
  /** Which packet of the seed it was. */
  readonly number: number;
  /** In hex, for --replay. */
  readonly packet: string;
}

const PROGRESS_EVERY_MS = 2000;
/** Packets that may be slow because their code is not compiled yet: not counted as the slowest. */
const WARM_UP = 500;

/** The corpus as it is, then packets made from it. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { corpus, seed, seconds, onProgress } = options;
  const random = seeded(seed);
  const made = options.targets ?? targets();
  const slowest = new Map<string, { ms: number; packet: string }>();
  const start = performance.now();
  let shownAt = start;
  let number = 0;
  const result = (failure?: Failure): FuzzResult => ({
    seed,
    packets: number,
    elapsedS: (performance.now() - start) / 1000,
    slowest: [...slowest].map(([target, worst]) => ({ target, ...worst })),
    ...(failure === undefined ? {} : { failure }),
  });

  while (number < options.packets) {
    const packet = corpus[number] ?? mutate(random.pick(corpus), corpus, random);
    for (const target of made) {
      const { failed, ms: first } = await timed(target, packet);
      if (failed !== undefined) {
        number++;
        return result({ target: target.name, message: failed, number, packet: packet.toString('hex') });
      }
      const worst = slowest.get(target.name)?.ms ?? 0;
      if (number < WARM_UP || first <= worst) continue;
      const ms = await leastOf(target, packet, first);
      if (ms > worst) slowest.set(target.name, { ms, packet: packet.toString('hex') });
    }
    number++;
    const now = performance.now();
    if (now - shownAt >= PROGRESS_EVERY_MS) {
      shownAt = now;
      onProgress?.({ packets: number, elapsedS: (now - start) / 1000, slowestMs: worstOf(slowest) });
    }
    if (now - start >= seconds * 1000) break;
  }
  return result();
}

/** One packet, every target. */
export async function replay(packet: Buffer): Promise<FuzzResult> {
  const hex = packet.toString('hex');
  const result = { seed: 0, packets: 1, elapsedS: 0, slowest: [] };
  for (const target of targets()) {
    const message = await failureOf(target, packet);
    if (message !== undefined)
      return { ...result, failure: { target: target.name, message, number: 1, packet: hex } };
  }
  return result;
}

export function describeResult({ seed, packets, elapsedS, slowest, failure }: FuzzResult): string {
  const lines = slowest.map(
    ({ target, ms, packet }) => `  ${target}: ${ms.toFixed(2)} ms for ${shorten(packet)}`,
  );
  if (failure === undefined)
    return [
      `${packets} packets in ${elapsedS.toFixed(1)} s from seed ${seed}: nothing failed. The slowest:`,
      ...lines,
    ].join('\n');
  return [
    `Packet ${failure.number} of seed ${seed} failed in ${failure.target}: ${failure.message}`,
    `Once more: npm run fuzz -- --replay ${failure.packet}`,
  ].join('\n');
}

async function timed(target: Target, packet: Buffer) {
  const before = performance.now();
  const failed = await failureOf(target, packet);
  return { failed, ms: performance.now() - before };
}

/** The machine may have been busy with something else: what the packet costs is the least of a few times. */
async function leastOf(target: Target, packet: Buffer, first: number): Promise<number> {
  let least = first;
  for (let i = 0; i < 5; i++) least = Math.min(least, (await timed(target, packet)).ms);
  return least;
}

async function failureOf(target: Target, packet: Buffer): Promise<string | undefined> {
  try {
    await target.run(packet);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function worstOf(slowest: ReadonlyMap<string, { readonly ms: number }>): number {
  return Math.max(0, ...[...slowest.values()].map(({ ms }) => ms));
}

function shorten(hex: string): string {
  return hex.length <= 120 ? hex : `${hex.slice(0, 120)}... (${hex.length / 2} octets; --json has them all)`;
}
