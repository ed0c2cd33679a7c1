import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, durationText, planChanges } from '../../src/config/plan/plan.ts';
import {
  type AddressState,
  distinct,
  type GroupState,
  type RuleState,
  ruleIdentity,
  wantedGroups,
} from '../../src/config/plan/state.ts';
import { groups as groupsSchema } from '../../src/config/schema/groups.ts';
import { parseDuration } from '../../src/config/schema/values.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

function wanted(written: unknown, now = NOW): readonly GroupState[] {
  return wantedGroups(groupsSchema.parse(written) ?? [], { now, placeOf: (path) => `file ${path}` });
}
const shown = ({ kind, op, group, fields, place }: Change) => ({
  what: `${op} ${kind} of ${group}`,
  fields: fields.map(({ field, before, after }) => [field, before, after]),
  place,
});
const plan = (current: readonly GroupState[], want: readonly GroupState[]) =>
  planChanges(current, want).changes.map(shown);

const plex = {
  name: 'plex',
  clients: ['192.168.20.5'],
  mode: 'learn',
  rules: [{ allow: '.plex.tv', note: 'account' }],
  addresses: [{ cidr: '198.51.100.7', note: 'by hand' }],
};

describe('a change is told by what it changes, from what to what, and where it is written', () => {
  test.each<[string, object, object, unknown[]]>([
    ['nothing', {}, {}, []],
    [
      'the mode',
      {},
      { mode: 'enforce' },
      [
        {
          what: 'change mode of plex',
          fields: [
            ['mode', 'learn', 'enforce'],
            ['override', false, true],
          ],
          place: 'file groups[0]',
        },
      ],
    ],
    [
      'how it refuses, and for whom',
      { refuse: 'nodata' },
      { refuse: 'nxdomain', clients: ['192.168.20.6', '192.168.20.5'] },
      [
        {
          what: 'change group of plex',
          fields: [
            ['clients', ['192.168.20.5'], ['192.168.20.5', '192.168.20.6']],
            ['refuse', 'nodata', 'nxdomain'],
          ],
          place: 'file groups[0]',
        },
      ],
    ],
    [
      'the note of a rule',
      {},
      { rules: [{ allow: '.plex.tv', note: 'everything' }] },
      [
        {
          what: 'change rule of plex',
          fields: [['note', 'account', 'everything']],
          place: 'file groups[0].rules[0]',
        },
      ],
    ],
    [
      'its types: another rule, shown as one that changed',
      {},
      { rules: [{ allow: '.plex.tv', note: 'account', types: ['SRV'] }] },
      [
        {
          what: 'change rule of plex',
          fields: [['types', ['A', 'AAAA'], ['SRV']]],
          place: 'file groups[0].rules[0]',
        },
      ],
    ],
    [
      'an address that goes, and one that comes',
      {},
      { addresses: [{ cidr: '198.51.100.8' }] },
      [
        {
          what: 'add address of plex',
          fields: [
            ['address', null, '198.51.100.8'],
            ['ports', null, []],
            ['note', null, ''],
          ],
          place: 'file groups[0].addresses[0]',
        },
        {
          what: 'remove address of plex',
          fields: [
            ['address', '198.51.100.7', null],
            ['ports', [], null],
            ['note', 'by hand', null],
            ['until', null, null],
          ],
          place: 'file groups[0].addresses[0]',
        },
      ],
    ],
    [
      'presets',
      { presets: ['plex-core', 'tailscale'] },
      { presets: ['plex-core', 'debian'] },
      [
        { what: 'remove preset of plex', fields: [['preset', 'tailscale', null]], place: 'file groups[0]' },
        { what: 'add preset of plex', fields: [['preset', null, 'debian']], place: 'file groups[0]' },
      ],
    ],
    ['a setting the file no longer speaks of stays', { grace: '20m' }, {}, []],
  ])('%s', (_, before, after, changes) => {
    expect(plan(wanted([{ ...plex, ...before }]), wanted([{ ...plex, ...after }]))).toEqual(changes);
  });

  test('a rule on another line is no change, and its place is known', () => {
    const current = wanted([plex]).map((group) => ({
      ...group,
      id: 1,
      rules: group.rules.map((rule) => ({ ...rule, id: 7 })),
    }));
    const { changes, moves } = planChanges(
      current,
      wanted([{ ...plex, rules: [{ deny: 'a.example' }, ...plex.rules] }]),
    );
    expect(changes.map(({ op, kind }) => `${op} ${kind}`)).toEqual(['add rule']);
    expect(moves).toEqual([{ kind: 'rule', id: 7, place: 'file groups[0].rules[1]' }]);
  });

  test('a group that is gone from the file goes, and one of a person stays', () => {
    const [one] = wanted([plex]);
    if (one === undefined) throw new Error('unreachable');
    expect(plan([one, { ...one, name: 'mine', isOfFile: false }], []).map(({ what }) => what)).toEqual([
      'remove group of plex',
    ]);
  });

  test('a group of a person that the file names is taken over', () => {
    const current = wanted([plex]).map((group) => ({ ...group, isOfFile: false }));
    expect(plan(current, wanted([plex]))).toMatchObject([{ fields: [['managed', false, true]] }]);
  });

  test('what has ended by its own `until` is not wanted any more', () => {
    const ending = { ...plex, rules: [{ allow: '.plex.tv', until: '2026-11-22T12:30:00Z' }], addresses: [] };
    expect(wanted([ending], NOW)[0]?.rules).toHaveLength(1);
    expect(wanted([ending], NOW + 3_600_000)[0]?.rules).toEqual([]);
  });

  test('what is written twice counts once', () => {
    expect(wanted([{ ...plex, rules: [...plex.rules, ...plex.rules] }])[0]?.rules).toHaveLength(1);
  });
});

test('durations are told in the largest unit that leaves no rest, and read back as they were', () => {
  expect([0, 500, 2000, 600_000, 5_400_000, 86_400_000].map(durationText)).toEqual([
    '0s',
    '500ms',
    '2s',
    '10m',
    '90m',
    '1d',
  ]);
  fc.assert(
    fc.property(fc.nat(1e9), (ms) => {
      expect(parseDuration(durationText(ms) ?? '')).toBe(ms);
    }),
  );
});

/** What the database does with a plan, in memory. */
function applied(current: readonly GroupState[], changes: readonly Change[]): readonly GroupState[] {
  const groups = new Map(current.map((group) => [group.name, group]));
  for (const change of changes) {
    const { op, group: name } = change;
    if (change.kind === 'group' && op === 'remove') {
      groups.delete(name);
      continue;
    }
    const known = groups.get(name);
    if (change.kind === 'group' || change.kind === 'mode') {
      const { to } = change;
      if (to === undefined) throw new Error(`nothing wanted for ${name}`);
      const { clients, settings, place } = to;
      groups.set(
        name,
        known === undefined
          ? { ...to, presets: [], rules: [], addresses: [] }
          : { ...known, isOfFile: true, clients, place, settings: { ...known.settings, ...settings } },
      );
      continue;
    }
    if (known === undefined) throw new Error(`no group ${name}`);
    if (change.kind === 'preset') {
      const presets = known.presets.filter((preset) => preset !== change.preset);
      groups.set(name, { ...known, presets: distinct(op === 'add' ? [...presets, change.preset] : presets) });
    } else if (change.kind === 'rule') {
      const rules = known.rules.filter((rule) => rule !== change.from);
      groups.set(name, { ...known, rules: change.to === undefined ? rules : [...rules, change.to] });
    } else {
      const addresses = known.addresses.filter((one) => one !== change.from);
      groups.set(name, {
        ...known,
        addresses: change.to === undefined ? addresses : [...addresses, change.to],
      });
    }
  }
  return [...groups.values()];
}

const rule: fc.Arbitrary<RuleState> = fc.record({
  action: fc.constantFrom('allow', 'deny'),
  pattern: fc.constantFrom('a.example', '.b.example', '*.c.example'),
  types: fc.constantFrom(['A', 'AAAA'], ['SRV'], ['SRV', 'TXT']),
  note: fc.constantFrom('', 'why'),
  private: fc.boolean(),
  warm: fc.constantFrom('auto', 'never'),
  until: fc.constantFrom(undefined, NOW + 1000),
  isOfFile: fc.constant(true),
  place: fc.constantFrom('f:1', 'f:2'),
});
const address: fc.Arbitrary<AddressState> = fc.record({
  address: fc.constantFrom('198.51.100.1', '198.51.100.2', '2001:db8::1'),
  isOfFile: fc.constant(true),
  ports: fc.constantFrom([], [443]),
  note: fc.constantFrom('', 'why'),
  until: fc.constantFrom(undefined, NOW + 1000),
});
const group = fc.record({
  name: fc.constantFrom('plex', 'tv', 'house'),
  isOfFile: fc.constant(true),
  clients: fc.subarray(['192.168.20.5', '192.168.20.6']),
  settings: fc.record({
    mode: fc.constantFrom('learn', 'enforce'),
    ipv6: fc.boolean(),
    graceMs: fc.constantFrom(0, 600_000),
  }),
  presets: fc.subarray(['debian', 'plex-core', 'tailscale']),
  rules: fc.uniqueArray(rule, { selector: ruleIdentity, maxLength: 6 }),
  addresses: fc.uniqueArray(address, { selector: (one) => one.address }),
}) as fc.Arbitrary<GroupState>;
const state = fc.uniqueArray(group, { selector: ({ name }) => name });

const meaning = (groups: readonly GroupState[]) =>
  groups
    .map(({ place: _, rules, addresses, ...rest }) => ({
      ...rest,
      rules: rules.map(({ place: __, ...one }) => JSON.stringify(one)).sort(),
      addresses: addresses.map((one) => JSON.stringify(one)).sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

test('what a plan changes makes one side the other; a second plan has nothing to do', () => {
  fc.assert(
    fc.property(state, state, (a, b) => {
      const after = applied(a, planChanges(a, b).changes);
      expect(meaning(after)).toEqual(meaning(b));
      expect(planChanges(after, b).changes).toEqual([]);
      expect(planChanges(b, b)).toEqual({ changes: [], moves: [] });
    }),
  );
});
