import { expect, test } from 'vitest';
import { runSimulations } from './pool.ts';
import { commandFor, describeBroken } from './report.ts';
import type { SimulationResult } from './result.ts';
import found from './seeds.json' with { type: 'json' };
import { ALL_GROUPS, designWorld } from './world.ts';

const inWords = (results: readonly SimulationResult[]) =>
  results.flatMap((result) =>
    result.broken === undefined
      ? []
      : [describeBroken(result.broken, commandFor(result, result.hours, undefined))],
  );

test('what was found once stays mended', async () => {
  const results = await runSimulations(
    found.map(({ seed, hours, groups = ALL_GROUPS }) => ({ seed, hours, groups })),
  );
  expect(inWords(results)).toEqual([]);
});

test('an outage of twelve hours closes nothing, and is over within a sync', async () => {
  const results = await runSimulations(
    [3, 4, 9].map((seed) => ({ seed, hours: 16, story: 'outage of twelve hours' })),
  );
  expect(inWords(results)).toEqual([]);
  for (const { seed, counts } of results) {
    const synced = Object.keys(counts).filter((what) => what.startsWith('after one sync: '));
    const wanted = designWorld(seed).firewalls.map(({ name }) => `after one sync: ${name} is as wanted`);
    expect(synced.toSorted()).toEqual(wanted.toSorted());
    expect(counts['seen: stale answer']).toBeGreaterThan(0);
    expect(counts['seen: outage extension']).toBeGreaterThan(0);
  }
});

test('what a pause told is open no longer than that when a group begins to enforce', async () => {
  const results = await runSimulations(
    [3, 6, 10].map((seed) => ({ seed, hours: 2, story: 'pauses while groups learn' })),
  );
  expect(inWords(results)).toEqual([]);
});

test('the same seed gives the same events, to the last octet', async () => {
  const job = { seed: 9, hours: 3, digest: true };
  const results = await runSimulations([job, job]);
  const [first, second] = results.map(({ digest }) => digest);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
});
