/** What a plan says would close is what closes: the ledger, the gate and a firewall's table behind it. */
import { expect, test } from 'vitest';
import { rulesInForce } from '../../src/store/rules.ts';
import { configurationFile, configurationOf } from '../actions/configuration-file.ts';
import { NOON } from '../store/world.ts';
import { a } from '../support/toy-upstream.ts';
import { house } from './house.ts';

const SENT = (...rules: readonly string[]) => ({
  name: 'house.yaml',
  text: `groups:
  - name: plex
    clients: [127.0.0.1]
    mode: enforce
    addresses: [{ cidr: 198.51.100.7, note: by hand }]
    rules:
${rules.map((rule) => `      - allow: ${rule}`).join('\n')}
`,
});
const anna = { name: 'user:anna', origin: '192.168.1.9' };

async function lived() {
  const made = await house({ group: { mode: 'enforce' } });
  const { upstream, control, db, clock, answer, pass } = made;
  upstream.answers('one.example A', a('one.example', '198.51.100.1', 600));
  upstream.answers('two.example A', a('two.example', '198.51.100.2', 600));
  upstream.answers('shared.example A', a('shared.example', '198.51.100.2', 600));
  upstream.answers('three.sub.example A', a('three.sub.example', '198.51.100.3', 600));
  const config = configurationOf(db, clock, configurationFile(), control.rehearse);
  config.apply(SENT('one.example', 'two.example', 'shared.example', '.sub.example'), anna);
  await control.policy.reload();
  control.sync.nudge();
  for (const name of ['one.example', 'two.example', 'shared.example', 'three.sub.example'])
    await answer(name);
  await pass(2000);
  expect(made.table()).toEqual(['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.7']);
  return { ...made, config };
}

test('an address goes when the last of its names goes, and an unmade plan leaves no trace', async () => {
  const { config, control, db, table, pass } = await lived();
  const leases = control.leases.live({});
  const rules = rulesInForce(db, NOON);

  const next = SENT('shared.example', '.sub.example').text.replace(/ {4}addresses.*\n/, '');
  const { closes } = config.plan({ name: 'house.yaml', text: next });
  expect(closes).toEqual([
    { address: '198.51.100.1', group: 'plex', names: ['one.example'], firewalls: ['edge'] },
    { address: '198.51.100.7', group: 'plex', names: ['by hand'], firewalls: ['edge'] },
  ]);
  expect(control.leases.live({})).toEqual(leases);
  expect(rulesInForce(db, NOON)).toEqual(rules);

  config.apply({ name: 'house.yaml', text: next }, anna);
  const { ended } = await control.policy.reload();
  control.sync.nudge();
  await pass(2000);
  expect(ended.toSorted()).toEqual(['198.51.100.1', '198.51.100.2']);
  expect(table()).toEqual(['198.51.100.2', '198.51.100.3']);
});

test.each<[string, (text: string) => string, string[]]>([
  ['a deny inside what is allowed', (text) => `${text}      - deny: three.sub.example\n`, ['198.51.100.3']],
  ['a note', (text) => `${text}        note: why\n`, []],
  [
    'a wider pattern in place of another',
    (text) => text.replace('- allow: .sub.example', '- allow: "*.sub.example"'),
    [],
  ],
  ['a group that goes', () => 'groups: []', ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.7']],
  ['clients of a group', (text) => text.replace('[127.0.0.1]', '[127.0.0.9]'), []],
])('%s closes what the plan says', async (_, change, closing) => {
  const { config, control, table, pass } = await lived();
  const before = table();
  const next = {
    name: 'house.yaml',
    text: change(SENT('one.example', 'two.example', 'shared.example', '.sub.example').text),
  };
  expect(config.plan(next).closes.map(({ address }) => address)).toEqual(closing);
  config.apply(next, anna);
  await control.policy.reload();
  control.sync.nudge();
  await pass(2000);
  // Each has its own cause: a rule or an opening by hand that has ended, or a group that is gone.
  expect(control.sync.state()[0]?.status.heldPlan).toBeUndefined();
  expect(before.filter((address) => !table().includes(address))).toEqual(closing);
});
