import { expect, test } from 'vitest';
import { createPolicyInForce } from '../../src/control/policy-in-force.ts';
import { TYPE } from '../../src/dns/wire/constants.ts';
import type { PolicySnapshot } from '../../src/plane/policy-snapshot.ts';
import { addRule } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { group, NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

test('what is written is in force once it is read again; what that would be can be had before', () => {
  const db = mainDb();
  const { id } = group(db, 'plex', '192.168.20.5');
  const policy = createPolicyInForce(db, manualClock(NOON), () => ({
    gated: new Set([id]),
    frugal: new Set(),
  }));
  const reasonIn = (snapshot: PolicySnapshot) => snapshot.decide(id, name('plex.tv'), TYPE.A, NOON)?.reason;
  expect(reasonIn(policy.snapshot)).toBeUndefined();

  policy.readAgain();
  addRule(db, {
    groupId: id,
    action: 'allow',
    pattern: 'plex.tv',
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  expect(reasonIn(policy.ifReadNow())).toBe('rule');
  expect(reasonIn(policy.snapshot)).toBe('learn');
  expect(policy.message).toMatchObject({ epoch: 1, groups: [{ gated: true, rules: [] }] });

  policy.readAgain();
  expect(reasonIn(policy.snapshot)).toBe('rule');
  expect(policy.snapshot.epoch).toBe(2);
  expect(policy.message).toMatchObject({ epoch: 2, groups: [{ rules: [{ action: 'allow' }] }] });
});
