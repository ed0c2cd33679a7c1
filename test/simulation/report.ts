/** A result in words. */
import type { BrokenPromise, SimulationResult } from './result.ts';
import { ALL_GROUPS } from './world.ts';

export function describeBroken(
  { promise, detail, seed, step, at, events }: BrokenPromise,
  command: string,
): string {
  return [
    `${promise} broken: ${detail}`,
    `seed ${seed}, step ${step}, simulated time ${at}`,
    'the last events:',
    ...events.map((event) => `  ${event}`),
    `again: ${command}`,
  ].join('\n');
}

/** What replays it exactly. */
export function commandFor(
  { seed, groups }: SimulationResult,
  hours: number,
  faults: readonly string[] | undefined,
): string {
  const only = faults === undefined ? '' : ` --faults '${faults.join(',')}'`;
  const small = groups === ALL_GROUPS ? '' : ` --groups ${groups}`;
  return `npm run simulate -- --seed ${seed} --hours ${hours}${small}${only}`;
}

export function describeCounts(counts: Readonly<Record<string, number>>): string {
  const width = Math.max(...Object.keys(counts).map((key) => key.length));
  return Object.entries(counts)
    .map(([key, count]) => `  ${key.padEnd(width)} ${count}`)
    .join('\n');
}
