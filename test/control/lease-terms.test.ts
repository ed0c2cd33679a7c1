import { expect, test } from 'vitest';
import { neededUntil } from '../../src/control/lease-terms.ts';
import { readPolicy } from '../../src/control/policy-source.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { compileSnapshot } from '../../src/plane/policy-snapshot.ts';
import { updateGroup } from '../../src/store/groups.ts';
import { mainDb } from '../store/temp.ts';
import { group, HOUR, ip, MINUTE, NOON, name } from '../store/world.ts';

const LASTING = 1;
const ENDING = 2;

const lease = (more: Partial<Lease>): Lease => ({
  groupId: 1,
  name: name('plex.tv'),
  address: ip('198.51.100.7'),
  ruleId: undefined,
  cause: 'answer',
  startedAt: NOON,
  toldUntil: NOON + MINUTE,
  until: NOON + HOUR,
  ...more,
});

const EARLIER = 'an earlier time';
const ITS_END = 'its very end';

test.each([
  ['of a rule for good', EARLIER, { ruleId: LASTING }, {}],
  ['of a rule that ends', ITS_END, { ruleId: ENDING }, {}],
  ['of learning', EARLIER, { cause: 'learn' }, {}],
  ['of learning, in a pause', ITS_END, { cause: 'learn' }, { pausedUntil: NOON + HOUR }],
  ['of learning, after a pause', EARLIER, { cause: 'learn' }, { pausedUntil: NOON - MINUTE }],
  ['of a pause', ITS_END, { cause: 'pause' }, {}],
] as const)('a lease %s is needed until %s', (_, expected, of, change) => {
  const db = mainDb();
  const { id } = group(db);
  updateGroup(db, id, change);
  const served = { gated: new Set([id]), frugal: new Set<number>() };
  const snapshot = compileSnapshot(1, readPolicy(db, NOON, served));
  const needed = neededUntil(lease(of), snapshot.group(id), (ruleId) => ruleId === ENDING, NOON);
  expect(needed < NOON + HOUR ? EARLIER : ITS_END).toBe(expected);
  expect(needed).toBeGreaterThan(NOON + MINUTE);
});

test('of a group that is gone nothing is known, and all of the lease is needed', () => {
  expect(neededUntil(lease({ ruleId: LASTING }), undefined, () => false, NOON)).toBe(NOON + HOUR);
});
