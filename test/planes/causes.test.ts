/** What keeps an address open, or closed, other than its answer; through both planes. */
import { expect, test } from 'vitest';
import type { Driver } from '../../src/firewall/driver.ts';
import { appendAudit } from '../../src/store/audit.ts';
import { updateGroup } from '../../src/store/groups.ts';
import { addRule, endRule } from '../../src/store/rules.ts';
import { HOUR, MINUTE, SECOND } from '../store/world.ts';
import { until } from '../support/settle.ts';
import { a } from '../support/toy-upstream.ts';
import { house } from './house.ts';

test('what was told while learning left the firewall alone is opened when the group begins to enforce', async () => {
  const { upstream, answer, table, control, db, groupId, pass, leases } = await house({
    allowed: ['plex.tv'],
    group: { mode: 'learn', learnAlias: false },
  });
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 600));
  upstream.answers('other.example A', a('other.example', '198.51.100.2', 600));
  upstream.answers('short.example A', a('short.example', '198.51.100.3', 60));
  for (const name of ['plex.tv', 'other.example', 'short.example']) await answer(name);
  await pass(2 * MINUTE);
  expect(table()).toEqual([]);
  updateGroup(db, groupId, { mode: 'enforce' });
  await control.policy.reload();
  await until('what was told is open', () => table().length === 2);
  expect(table()).toEqual(['198.51.100.1', '198.51.100.2']);
  expect(
    leases()
      .map(({ cause }) => cause)
      .sort(),
  ).toEqual(['answer', 'learn']);
  await pass(17 * MINUTE, 10 * SECOND);
  await pass(2 * MINUTE);
  expect(table()).toEqual([]);
});

test('what was told while learning is opened also when the group enforces from a start on', async () => {
  const found = await house({ allowed: ['plex.tv'], group: { mode: 'learn', learnAlias: false } });
  const { clock, upstream, answer, table, db, groupId, pass } = found;
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 600));
  await answer('plex.tv');
  await pass(SECOND);
  await found.stopControl();
  updateGroup(db, groupId, { mode: 'enforce' });
  appendAudit(db, {
    at: clock.now(),
    actor: 'file',
    action: 'group.mode',
    subject: 'plex',
    before: { mode: 'learn' },
    after: { mode: 'enforce' },
  });
  await found.startControlAgain();
  await pass(SECOND);
  expect(table()).toEqual(['198.51.100.1']);
});

test('what a pause opened stays closed when the group learns and enforces after it', async () => {
  const found = await house({ allowed: ['plex.tv'] });
  const { clock, upstream, answer, table, control, db, groupId, pass } = found;
  const become = async (change: Parameters<typeof updateGroup>[2]) => {
    await pass(2 * SECOND);
    updateGroup(db, groupId, change);
    await control.policy.reload();
    await pass(2 * SECOND);
  };
  await become({ pausedUntil: clock.now() + MINUTE });
  upstream.answers('other.example A', a('other.example', '198.51.100.2', 600));
  await answer('other.example');
  await until('it is open', () => table().length === 1);
  await become({ pausedUntil: undefined });
  await become({ mode: 'learn' });
  await become({ mode: 'enforce' });
  expect(table()).toEqual([]);
});

test.each([
  ['ends before', MINUTE],
  ['is ended before', 5 * HOUR],
])(
  'what was told while learning is kept for its term, also when a pause told it once more and %s',
  async (_, pauseMs) => {
    const { clock, upstream, answer, table, control, db, groupId, pass, leases } = await house({
      group: { mode: 'learn' },
    });
    const become = async (change: Parameters<typeof updateGroup>[2]) => {
      updateGroup(db, groupId, change);
      await control.policy.reload();
      await pass(2 * SECOND);
    };
    upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 600));
    await answer('plex.tv');
    await until('it is open', () => table().length === 1);
    await become({ mode: 'enforce' });
    const [{ until: end } = { until: 0 }] = leases();
    await become({ pausedUntil: clock.now() + pauseMs });
    await answer('plex.tv');
    await pass(2 * MINUTE, SECOND);
    await become({ pausedUntil: undefined });
    expect(leases()).toMatchObject([{ cause: 'learn', until: end }]);
    expect(table()).toEqual(['198.51.100.1']);
    await pass(end - clock.now() - MINUTE, 10 * SECOND);
    expect(table()).toEqual(['198.51.100.1']);
    await pass(3 * MINUTE, SECOND);
    expect(table()).toEqual([]);
  },
);

test('what a person has closed after the learning is not opened again by a start', async () => {
  const found = await house({ group: { mode: 'learn' } });
  const { clock, upstream, answer, table, control, db, groupId, pass } = found;
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 600));
  await answer('plex.tv');
  const rule = addRule(db, {
    groupId,
    action: 'allow',
    pattern: 'plex.tv',
    origin: 'learn',
    createdAt: clock.now(),
    createdBy: 'anna',
  }).rule.id;
  updateGroup(db, groupId, { mode: 'enforce' });
  appendAudit(db, {
    at: clock.now(),
    actor: 'anna',
    action: 'group.mode',
    subject: 'plex',
    before: { mode: 'learn' },
    after: { mode: 'enforce' },
  });
  await control.policy.reload();
  await until('it is open', () => table().length === 1);
  await pass(MINUTE);
  endRule(db, rule, { at: clock.now(), by: 'anna' });
  await control.policy.reload();
  await until('it is closed', () => table().length === 0);
  await found.stopControl();
  await found.startControlAgain();
  await pass(2 * SECOND);
  expect(table()).toEqual([]);
});

test('a held answer is let go at once when the group begins to learn', async () => {
  const standstill = Promise.withResolvers<void>();
  const { upstream, ask, control, db, groupId, pass } = await house({
    allowed: ['plex.tv'],
    group: { onHoldLimit: 'servfail' },
    wrap: (driver) => ({ ...driver, apply: () => standstill.promise }),
  });
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 600));
  const asked = ask('plex.tv');
  await pass(SECOND);
  expect(asked.told).toBeUndefined();
  updateGroup(db, groupId, { mode: 'learn' });
  await control.policy.reload();
  await until('the answer', () => asked.told !== undefined);
  expect(asked.told).toMatchObject({ addresses: ['198.51.100.1'] });
  standstill.resolve();
});

test('a name whose new addresses a cap leaves out fails at once, and is counted', async () => {
  const { upstream, answer, control, pass, leases, lines } = await house({
    allowed: ['.cdn.example'],
    group: { onHoldLimit: 'servfail' },
    addressLimits: { name: 16, rule: 2, group: 5000, learn: 2000 },
  });
  for (const n of [1, 2, 3])
    upstream.answers(`n${n}.cdn.example A`, a(`n${n}.cdn.example`, `198.51.100.${n}`, 60));
  expect(await answer('n1.cdn.example')).toMatchObject({ rcode: 'NOERROR' });
  expect(await answer('n2.cdn.example')).toMatchObject({ rcode: 'NOERROR' });
  expect(await answer('n3.cdn.example')).toMatchObject({ rcode: 'SERVFAIL' });
  expect(control.status.read().counters).toMatchObject({ leftOut: 1, evicted: 0 });
  const leftOut = { group: 'plex', name: 'n3.cdn.example', address: '198.51.100.3', cap: 'rule' };
  expect(control.leases.leftOut()).toMatchObject([leftOut]);
  await pass(SECOND);
  expect(lines.at(-1)).toMatchObject({ verdict: 'failed', reason: 'cap-rule' });
  // Past the told terms and the grace: one makes room.
  await pass(17 * MINUTE, MINUTE);
  expect(await answer('n3.cdn.example')).toMatchObject({ rcode: 'NOERROR' });
  expect(control.status.read().counters).toMatchObject({ leftOut: 1, evicted: 1 });
  expect(control.leases.leftOut()).toEqual([]);
  expect(leases()).toHaveLength(2);
});

/** A firewall that counts packets with each read, while its addresses are used. */
function counting() {
  let packets = 0;
  const traffic = { isUsed: true };
  const wrap = (driver: Driver): Driver => ({
    ...driver,
    async read(signal) {
      if (traffic.isUsed) packets++;
      return new Map(
        [...(await driver.read(signal))].map(([address, entry]) => [address, { ...entry, packets }]),
      );
    },
  });
  return { traffic, wrap };
}

test('an address that still carries traffic at the end of its lease stays open until it does not', async () => {
  const { traffic, wrap } = counting();
  const { upstream, answer, table, control, pass, leases } = await house({
    allowed: ['plex.tv'],
    wrap,
  });
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 60));
  await answer('plex.tv');
  const minutes = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await control.sync.run('edge');
      await pass(MINUTE);
    }
  };
  // 60 s told, ten minutes of grace, ten of headroom.
  await minutes(25);
  expect(table()).toEqual(['198.51.100.1']);
  expect(leases()).toMatchObject([{ cause: 'in-use' }]);
  traffic.isUsed = false;
  await minutes(6);
  expect(table()).toEqual([]);
});

test('what ended while Sallyport was away is closed when its upstream answers, and not before', async () => {
  const found = await house({ allowed: ['plex.tv'] });
  const { clock, upstream, answer, table, pass, leases } = found;
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 60));
  await answer('plex.tv');
  upstream.fails(true);
  await found.stopControl();
  clock.advance(HOUR);
  await found.startControlAgain();
  await pass(10 * MINUTE, 5 * SECOND);
  expect(table()).toEqual(['198.51.100.1']);
  expect(leases()).toMatchObject([{ cause: 'outage' }]);
  upstream.fails(false);
  await pass(3 * MINUTE, 5 * SECOND);
  expect(table()).toEqual([]);
});

test('a restart closes nothing that was in use: it is judged again, by what is read then', async () => {
  const { traffic, wrap } = counting();
  const found = await house({ allowed: ['plex.tv'], wrap });
  const { clock, upstream, answer, table, pass, leases } = found;
  const minutes = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await found.control.sync.run('edge');
      await pass(MINUTE);
    }
  };
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 60));
  await answer('plex.tv');
  await minutes(23);
  expect(leases()).toMatchObject([{ cause: 'in-use' }]);
  await found.stopControl();
  clock.advance(10 * MINUTE);
  await found.startControlAgain();
  await minutes(5);
  expect(table()).toEqual(['198.51.100.1']);
  traffic.isUsed = false;
  await minutes(6);
  expect(table()).toEqual([]);
});
