import { expect, test } from 'vitest';
import { runSimulations } from './pool.ts';

/** Simulated hours within which each must be noticed. */
const WITHIN_HOURS = 3;
test.each([
  ['skip the commit', 'restarts of everything', 3, /P2|P4|P5/],
  ['skip the read-back', 'firewalls that lie', 6, /P3/],
  ['drop the grace', 'nothing goes wrong', 4, /P4/],
  ['forget a reference', 'people change their minds', 3, /P4/],
  ['remove without withdrawing', 'people change their minds', 3, /P3/],
  ['acknowledge early', 'clients come back as leases end', 9, /P4/],
  ['cache before the gate', 'nothing goes wrong', 3, /P3/],
  ['leave foreign entries', 'people change the tables', 3, /P2/],
  ['fail every second question', 'nothing goes wrong', 3, /P1|P6/],
  ['fail every question', 'nothing goes wrong', 3, /P1|P6/],
] as const)('%s is noticed when this happens: %s', async (mutation, story, seed, promise) => {
  const job = { seed, hours: WITHIN_HOURS, story };
  const results = await runSimulations([{ ...job, mutation }, job]);
  const isBroken = new Map(results.map((result) => [result.mutation, result.broken?.promise]));
  expect(isBroken.get(mutation)).toMatch(promise);
  expect(isBroken.get(undefined)).toBeUndefined();
});
