import { expect, test } from 'vitest';
import { addCounts } from './counts.ts';
import { runSimulations } from './pool.ts';
import { FAULTS_AN_HOUR, faultsOf, MUST_HAPPEN, QUESTIONS_A_MINUTE } from './proven.ts';
import { commandFor, describeBroken, describeCounts } from './report.ts';
import { groupsInCampaign } from './world.ts';

const SEEDS = 200;
/** Two thousand hours in all; what they cost is in docs/decisions/112. */
const HOURS = 10;

test(`${SEEDS} houses live ${HOURS} hours each, everything goes wrong, and no promise is broken`, async () => {
  const began = performance.now();
  const results = await runSimulations(
    Array.from({ length: SEEDS }, (_, i) => ({ seed: i + 1, hours: HOURS, groups: groupsInCampaign(i + 1) })),
  );
  const counts = results.reduce<Readonly<Record<string, number>>>(
    (sum, result) => addCounts(sum, result.counts),
    {},
  );
  const hours = results.reduce((sum, result) => sum + result.hours, 0);
  const broken = results.flatMap((result) =>
    result.broken === undefined
      ? []
      : [{ what: result.broken, command: commandFor(result, HOURS, undefined) }],
  );
  console.log(describeCounts(counts));
  console.log(`${hours.toFixed(0)} simulated hours in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const { what, command } of broken) console.log(`${describeBroken(what, command)}\n`);

  expect
    .soft(broken.map(({ what, command }) => `${what.promise}: ${what.detail}; again: ${command}`))
    .toEqual([]);
  expect.soft(MUST_HAPPEN.filter((what) => (counts[what] ?? 0) === 0)).toEqual([]);
  expect.soft((counts['questions'] ?? 0) / hours / 60).toBeGreaterThanOrEqual(QUESTIONS_A_MINUTE);
  expect.soft(faultsOf(counts) / hours).toBeGreaterThanOrEqual(FAULTS_AN_HOUR);
});
