import { expect, test } from 'vitest';
import { rulesNews } from '../../src/control/policy-news.ts';
import type { GroupSnapshot } from '../../src/plane/protocol.ts';
import { parsePattern } from '../../src/policy/pattern.ts';
import type { PolicyRule } from '../../src/policy/policy.ts';

const rule = (id: number, expiresAt?: number): PolicyRule => ({
  id,
  action: 'allow',
  pattern: parsePattern('plex.tv'),
  types: [1],
  temporary: expiresAt !== undefined,
  expiresAt,
  private: false,
});
const groups = (...rules: PolicyRule[]) => [{ rules }] as unknown as readonly GroupSnapshot[];

test.each([
  ['one more', groups(rule(1)), groups(rule(1), rule(2)), { added: [2], changed: [], ended: [] }],
  ['one less', groups(rule(1), rule(2)), groups(rule(2)), { added: [], changed: [], ended: [1] }],
  ['another end', groups(rule(1, 10)), groups(rule(1, 20)), { added: [], changed: [1], ended: [] }],
  ['for good now', groups(rule(1, 10)), groups(rule(1)), { added: [], changed: [1], ended: [] }],
  [
    'another group of rules',
    [...groups(rule(1)), ...groups(rule(2))],
    groups(rule(1)),
    { added: [], changed: [], ended: [2] },
  ],
])('%s', (_, before, after, news) => {
  expect(rulesNews(before, after)).toEqual({ kind: 'rules', ...news });
});

test('no rule is another: no news', () => {
  expect(rulesNews(groups(rule(1), rule(2, 5)), groups(rule(1), rule(2, 5)))).toBeUndefined();
});
