import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyRule } from '../../src/control/policy-source.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { shadowed } from '../../src/reports/hygiene/shadows.ts';
import type { Rule } from '../../src/store/rules.ts';
import { NOON, name } from '../store/world.ts';

const rule = (id: number, text: string, more: Partial<Rule> = {}): Rule => {
  const [action, pattern] = text.split(' ');
  return {
    id,
    groupId: 1,
    action: action as Rule['action'],
    pattern: pattern ?? '',
    types: ['A', 'AAAA'],
    note: '',
    private: false,
    warm: 'auto',
    origin: 'person',
    preset: undefined,
    createdAt: NOON,
    createdBy: 'anna',
    expiresAt: undefined,
    endedAt: undefined,
    endedBy: undefined,
    ...more,
  };
};
const ANY = { types: ['ANY'] };

test.each<[string, readonly Rule[], readonly (readonly [number, number])[]]>([
  ['a deny of the same name wins', [rule(1, 'allow a.org'), rule(2, 'deny a.org')], [[1, 2]]],
  ['a deny of the same suffix wins', [rule(1, 'allow *.a.org'), rule(2, 'deny .a.org')], [[1, 2]]],
  ['an exact name wins over a wider deny', [rule(1, 'allow a.org'), rule(2, 'deny .a.org')], []],
  [
    'a temporary rule wins over deny',
    [rule(1, 'allow a.org', { expiresAt: NOON + 1 }), rule(2, 'deny a.org')],
    [],
  ],
  ['a preset says it too', [rule(1, 'allow a.org'), rule(2, 'allow a.org', { preset: 'p' })], [[1, 2]]],
  ['one is for more types', [rule(1, 'allow a.org'), rule(2, 'allow a.org', ANY)], [[1, 2]]],
  ['private addresses are more', [rule(1, 'allow a.org', { private: true }), rule(2, 'allow a.org')], []],
  ['a name below a wildcard is kept warm by itself', [rule(1, 'allow x.a.org'), rule(2, 'allow .a.org')], []],
  ['a wildcard below a wildcard', [rule(1, 'allow *.x.a.org'), rule(2, 'allow .a.org')], [[1, 2]]],
  [
    'a refusal between them',
    [rule(1, 'allow *.y.x.a.org'), rule(2, 'deny .x.a.org'), rule(3, 'allow .a.org')],
    [],
  ],
  [
    'a wildcard for fewer types narrows the wider one',
    [rule(1, 'allow *.x.a.org'), rule(2, 'allow .a.org', ANY)],
    [],
  ],
  ['below alone beside both', [rule(1, 'allow *.a.org'), rule(2, 'allow .a.org')], [[1, 2]]],
  ['two denies', [rule(1, 'deny *.x.a.org'), rule(2, 'deny .a.org')], [[1, 2]]],
  ['nothing of a preset', [rule(1, 'allow *.x.a.org', { preset: 'p' }), rule(2, 'allow .a.org')], []],
])('%s', (_, rules, expected) => {
  expect(shadowed(rules).map(({ rules: [id], by }) => [id, by])).toEqual(expected);
});

test('to end what is called shadowed, one or all, changes no verdict', () => {
  const names = ['a', 'x.a', 'y.x.a', 'z.y.x.a', 'b'];
  const rules = fc.array(
    fc.record({
      text: fc.constantFrom(...names.slice(0, 3).flatMap((one) => [one, `*.${one}`, `.${one}`])),
      action: fc.constantFrom('allow', 'deny'),
      types: fc.constantFrom(['A', 'AAAA'], ['TXT'], ['ANY']),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(rules, (made) => {
      const all = made.map(({ text, action, types }, index) =>
        rule(index + 1, `${action} ${text}`, { types }),
      );
      const before = compilePolicy(all.map(policyRule));
      const found = shadowed(all).map(({ rules: [id] }) => id);
      // Each by itself, and all together.
      for (const idle of [...found.map((id) => [id]), found]) {
        const after = compilePolicy(all.filter(({ id }) => !idle.includes(id)).map(policyRule));
        for (const text of names)
          for (const qtype of [1, 16, 33])
            expect(after.decide(name(text), qtype, 'enforce', NOON).allowed).toBe(
              before.decide(name(text), qtype, 'enforce', NOON).allowed,
            );
      }
    }),
    { numRuns: 2000 },
  );
});
