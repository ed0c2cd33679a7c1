import { describe, expect, test } from 'vitest';
import { describeEnforcement, type EnforcingFirewall } from '../../src/actions/enforcement.ts';

const used: EnforcingFirewall = { name: 'edge', enforces: true, connected: true, ruleUse: 'used' };
const unknown: EnforcingFirewall = { ...used, ruleUse: 'unknown' };
const unused: EnforcingFirewall = { ...used, ruleUse: 'unused' };
const away: EnforcingFirewall = { ...used, connected: false };
const memory: EnforcingFirewall = { ...used, name: 'try', enforces: false };

const NOT = 'Names are filtered; addresses are NOT enforced';

describe('an enforcing group', () => {
  test.each([
    ['without a firewall', [], false, 'names-only', `${NOT}: no firewall connected`],
    ['with the override and no firewall', [], true, 'names-only', `${NOT}: no firewall connected`],
    ['with a stand-in', [memory], true, 'names-only', `${NOT}: no firewall connected (try stops no packet)`],
    ['whose firewall is away', [away], true, 'names-only', `${NOT}: no answer from firewall edge`],
    [
      'with one firewall away of two',
      [used, { ...away, name: 'b' }],
      true,
      'names-only',
      `${NOT}: no answer from firewall b`,
    ],
    [
      'whose alias no rule uses',
      [unused],
      true,
      'names-only',
      `${NOT}: no rule on firewall edge uses the alias`,
    ],
    [
      'whose alias nobody can see used',
      [unknown],
      false,
      'names-only',
      `${NOT}: whether a rule on firewall edge uses the alias cannot be seen`,
    ],
    [
      'whose owner stated the rule',
      [unknown],
      true,
      'enforced',
      'Names are filtered and addresses are enforced by edge; that a rule uses the alias was stated by you, not seen',
    ],
    [
      'whose alias a rule uses',
      [used],
      false,
      'enforced',
      'Names are filtered and addresses are enforced by edge',
    ],
    [
      'with a stand-in beside the real one',
      [memory, used],
      false,
      'enforced',
      'Names are filtered and addresses are enforced by edge',
    ],
  ] as const)('%s', (_case, firewalls, override, state, sentence) => {
    expect(describeEnforcement({ mode: 'enforce', paused: false, override, firewalls })).toEqual({
      state,
      sentence,
    });
  });
});

describe('nothing is called enforced that is not', () => {
  const firewalls = [true, false].flatMap((enforces) =>
    [true, false].flatMap((connected) =>
      (['used', 'unused', 'unknown'] as const).map((ruleUse) => ({
        name: 'f',
        enforces,
        connected,
        ruleUse,
      })),
    ),
  );
  const sets = [[], ...firewalls.map((f) => [f]), ...firewalls.flatMap((a) => firewalls.map((b) => [a, b]))];
  const cases = sets.flatMap((set) =>
    [true, false].flatMap((override) =>
      [true, false].flatMap((paused) =>
        (['learn', 'enforce'] as const).map((mode) => ({ firewalls: set, override, paused, mode })),
      ),
    ),
  );

  test(`in all ${cases.length} combinations of one or two firewalls`, () => {
    for (const input of cases) {
      const { state, sentence } = describeEnforcement(input);
      const real = input.firewalls.filter((f) => f.enforces);
      const proven =
        real.length > 0 &&
        real.every(
          (f) => f.connected && (f.ruleUse === 'used' || (f.ruleUse === 'unknown' && input.override)),
        );
      const enforced = input.mode === 'enforce' && !input.paused && proven;

      expect(state === 'enforced', JSON.stringify(input)).toBe(enforced);
      expect(/addresses are enforced/.test(sentence), sentence).toBe(enforced);
      if (state === 'enforced' && real.some((f) => f.ruleUse === 'unknown'))
        expect(sentence).toContain('stated by you, not seen');
    }
  });

  test('a pause and learning say that nothing is enforced', () => {
    const input = { mode: 'enforce', override: false, firewalls: [used] } as const;
    expect(describeEnforcement({ ...input, paused: true })).toMatchObject({
      state: 'paused',
      sentence: expect.stringContaining('nothing is enforced'),
    });
    expect(describeEnforcement({ ...input, paused: false, mode: 'learn' })).toMatchObject({
      state: 'learning',
      sentence: expect.stringContaining('nothing is enforced'),
    });
  });
});
