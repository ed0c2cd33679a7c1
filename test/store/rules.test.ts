import { expect, test } from 'vitest';
import {
  addRule,
  endRule,
  expireDueRules,
  getRule,
  listRules,
  type NewRule,
  nextRuleExpiry,
  rulesInForce,
  updateRule,
} from '../../src/store/rules.ts';
import { mainDb } from './temp.ts';
import { group, HOUR, NOON } from './world.ts';

const allow = (groupId: number, more: Partial<NewRule> = {}): NewRule => ({
  groupId,
  action: 'allow',
  pattern: '.plex.tv',
  origin: 'person',
  createdAt: NOON,
  createdBy: 'user:anna',
  ...more,
});

test('a rule is read back as it was added', () => {
  const db = mainDb();
  const { id } = group(db);
  const { rule, outcome } = addRule(
    db,
    allow(id, {
      types: ['TXT', 'SRV'],
      note: 'tunnel',
      warm: 'always',
      private: true,
      preset: 'cloudflared',
    }),
  );
  expect(outcome).toBe('new');
  expect(getRule(db, rule.id)).toEqual({
    id: rule.id,
    groupId: id,
    action: 'allow',
    pattern: '.plex.tv',
    types: ['SRV', 'TXT'],
    note: 'tunnel',
    private: true,
    warm: 'always',
    origin: 'person',
    preset: 'cloudflared',
    createdAt: NOON,
    createdBy: 'user:anna',
    expiresAt: undefined,
    endedAt: undefined,
    endedBy: undefined,
  });
});

test.each([
  { inForce: undefined, added: undefined, outcome: 'unchanged', expiresAt: undefined },
  { inForce: undefined, added: NOON + HOUR, outcome: 'unchanged', expiresAt: undefined },
  { inForce: NOON + HOUR, added: undefined, outcome: 'extended', expiresAt: undefined },
  { inForce: NOON + HOUR, added: NOON + 2 * HOUR, outcome: 'extended', expiresAt: NOON + 2 * HOUR },
  { inForce: NOON + 2 * HOUR, added: NOON + HOUR, outcome: 'unchanged', expiresAt: NOON + 2 * HOUR },
])('allowed until $inForce, then until $added: $outcome', ({ inForce, added, outcome, expiresAt }) => {
  const db = mainDb();
  const { id } = group(db);
  const first = addRule(db, allow(id, { expiresAt: inForce }));
  const second = addRule(db, allow(id, { expiresAt: added, types: ['AAAA', 'A'] }));
  expect(second).toMatchObject({ outcome, rule: { id: first.rule.id, expiresAt } });
  expect(rulesInForce(db, NOON)).toHaveLength(1);
});

test('a temporary allow beside a deny is a rule of its own, because only that one wins over the deny', () => {
  const db = mainDb();
  const { id } = group(db);
  addRule(db, allow(id));
  addRule(db, allow(id, { action: 'deny' }));
  expect(addRule(db, allow(id, { expiresAt: NOON + HOUR })).outcome).toBe('new');
  expect(addRule(db, allow(id, { expiresAt: NOON + HOUR })).outcome).toBe('new');
});

test.each<Partial<NewRule>>([
  { pattern: 'plex.tv' },
  { action: 'deny' },
  { types: ['A'] },
  { origin: 'catalog' },
  { private: true },
])('a rule that differs in %o stands beside', (difference) => {
  const db = mainDb();
  const { id } = group(db);
  addRule(db, allow(id));
  expect(addRule(db, allow(id, difference)).outcome).toBe('new');
});

test('what has ended or expired is not in force and is not extended', () => {
  const db = mainDb();
  const { id } = group(db);
  const ended = addRule(db, allow(id)).rule;
  expect(endRule(db, ended.id, { at: NOON, by: 'user:anna' })).toBe(true);
  expect(endRule(db, ended.id, { at: NOON + 1, by: 'user:ben' })).toBe(false);
  expect(getRule(db, ended.id)).toMatchObject({ endedAt: NOON, endedBy: 'user:anna' });

  addRule(db, allow(id, { expiresAt: NOON + HOUR }));
  expect(rulesInForce(db, NOON + HOUR)).toEqual([]);
  expect(addRule(db, allow(id, { createdAt: NOON + HOUR })).outcome).toBe('new');
});

test('a temporary rule ends at its own end, whenever we look', () => {
  const db = mainDb();
  const { id } = group(db);
  const { rule } = addRule(db, allow(id, { expiresAt: NOON + HOUR }));
  addRule(db, allow(id, { pattern: 'other.org' }));
  expect(nextRuleExpiry(db)).toBe(NOON + HOUR);
  expect(expireDueRules(db, NOON + HOUR - 1)).toEqual([]);
  expect(expireDueRules(db, NOON + 3 * HOUR)).toEqual([{ ...rule, endedAt: NOON + HOUR, endedBy: 'expiry' }]);
  expect(expireDueRules(db, NOON + 3 * HOUR)).toEqual([]);
  expect(nextRuleExpiry(db)).toBeUndefined();
});

test('note, warm and expiry can be changed; another group does not see the rule', () => {
  const db = mainDb();
  const { id } = group(db);
  const other = group(db, 'arr');
  const { rule } = addRule(db, allow(id));
  expect(updateRule(db, rule.id, { note: 'why', warm: 'never', expiresAt: NOON + HOUR })).toMatchObject({
    note: 'why',
    warm: 'never',
    expiresAt: NOON + HOUR,
  });
  expect(rulesInForce(db, NOON, other.id)).toEqual([]);
  expect(() => updateRule(db, 99, { note: '' })).toThrow(
    expect.objectContaining({ code: 'not-found', message: 'rule 99' }),
  );
});

test('rules are paged newest first', () => {
  const db = mainDb();
  const { id } = group(db);
  for (let i = 1; i <= 5; i++) addRule(db, allow(id, { pattern: `n${i}.org` }));
  const first = listRules(db, { limit: 2 });
  expect(first.items.map((r) => r.pattern)).toEqual(['n5.org', 'n4.org']);
  const second = listRules(db, {
    limit: 3,
    groupId: id,
    ...(first.nextCursor === undefined ? {} : { cursor: first.nextCursor }),
  });
  expect(second.items.map((r) => r.pattern)).toEqual(['n3.org', 'n2.org', 'n1.org']);
  expect(second.nextCursor).toBeUndefined();
});
