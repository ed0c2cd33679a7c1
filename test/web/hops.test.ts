/** The way of a question on the overview: no hop is called good that is not. */
import { expect, test } from 'vitest';
import type { Status } from '../../web/src/api/types.ts';
import { hopsOf } from '../../web/src/features/overview/hops.ts';

type Enforcement = Status['groups'][number]['enforcement']['state'];

const groups = (...states: readonly Enforcement[]) =>
  states.map((state, n) => ({
    name: `g${n}`,
    enforcement: { state, sentence: '' },
  })) as unknown as Status['groups'];
const firewall = (change: Partial<Status['firewalls'][number]> = {}) =>
  ({
    name: 'edge',
    state: 'up',
    ruleUse: 'used',
    enforces: true,
    desired: 3,
    entries: 4,
    unexplained: 1,
    ...change,
  }) as Status['firewalls'][number];
const hop = (title: string, status: Partial<Status>, heard: string | null | undefined = '192.0.2.9') => {
  const listeners = [{ protocol: 'udp' as const, address: '192.0.2.1', port: 53 }];
  const all = {
    listeners,
    upstreams: [],
    groups: groups('enforced'),
    firewalls: [firewall()],
    openAddresses: 3,
  };
  const found = hopsOf({ ...all, ...status }, heard).find((one) => one.title === title);
  return `${found?.tone}: ${found?.detail}`;
};

test.each([
  [['enforced', 'enforced'], 'good: 2 groups'],
  [['enforced', 'paused'], 'warn: g1: Paused'],
  [['enforced', 'learning'], 'soft: g1: Learning'],
  [['paused', 'names-only'], 'bad: g1: NOT enforced'],
  [[], 'bad: 0 groups'],
] as const)('rules of groups that are %j are %s', (states, said) => {
  expect(hop('Rules', { groups: groups(...states) })).toBe(said);
});

const held = { at: '', why: '', removals: [], addresses: [] };
test.each([
  [[firewall()], 'good: 3 open addresses'],
  [[], 'warn: 3 open addresses; no firewall holds them'],
  [[firewall({ held })], 'warn: 3 open addresses; a large removal of edge needs your OK'],
  [[firewall({ state: 'behind' })], 'warn: 3 open addresses; not confirmed by edge'],
  [[firewall({ state: 'down' })], 'warn: 3 open addresses; not confirmed by edge'],
  [[firewall({ entries: 3 })], 'soft: 3 open addresses; not all are in edge yet'],
])('what is open, case %#', (firewalls, said) => {
  expect(hop('Open addresses', { firewalls })).toBe(said);
});

test.each([
  [[firewall(), firewall({ name: 'second' })], 'good: edge, second'],
  [[], 'bad: none connected'],
  [[firewall({ state: 'behind' }), firewall({ name: 'second', state: 'down' })], 'bad: second: Down'],
  [[firewall({ state: 'behind' })], 'warn: edge: Behind'],
  [[firewall({ ruleUse: 'unused' })], 'bad: edge: no rule uses the alias'],
  [[firewall({ enforces: false })], 'bad: edge: stops no packet'],
])('the firewall, case %#', (firewalls, said) => {
  expect(hop('Firewall', { firewalls })).toBe(said);
});

test('that a host has not asked is said only when its questions were looked for', () => {
  expect(hop('Your server', {})).toBe('good: 192.0.2.9');
  expect(hop('Your server', {}, null)).toBe('soft: has not asked yet');
  const status = {
    groups: groups('enforced'),
    listeners: [],
    upstreams: [],
    firewalls: [],
    openAddresses: 0,
  };
  expect(hopsOf(status, undefined)[0]).toMatchObject({ tone: 'soft', detail: 'not read yet' });
});
