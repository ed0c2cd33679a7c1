import { describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { setClients, updateGroup } from '../../src/store/groups.ts';
import { endRule } from '../../src/store/rules.ts';
import { listSightings } from '../../src/store/sightings.ts';
import { listUnknownClients } from '../../src/store/unknown-clients.ts';
import { HOUR, MINUTE, name, SECOND } from '../store/world.ts';
import { until } from '../support/settle.ts';
import { a, aaaa } from '../support/toy-upstream.ts';
import { house } from './house.ts';

const plex = async (options: Parameters<typeof house>[0] = {}) => {
  const made = await house({ allowed: ['plex.tv'], ...options });
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1'));
  made.upstream.answers('plex.tv AAAA', aaaa('plex.tv', '2001:db8::1'));
  return made;
};

/** A firewall that stands still until it is let go. */
function latch() {
  let open = Promise.resolve();
  let go = () => {};
  return {
    close() {
      open = new Promise((resolve) => {
        go = resolve;
      });
    },
    open: () => go(),
    wrap: (driver: Driver): Driver => ({
      ...driver,
      async apply(changes, signal) {
        await open;
        await driver.apply(changes, signal);
      },
    }),
  };
}

test('an allowed name is answered once its address is in the table; rule, name and answer are written down', async () => {
  const { answer, table, leases, db, lines, pass } = await plex();
  expect(await answer('plex.tv')).toEqual({ rcode: 'NOERROR', addresses: ['198.51.100.1'], ttl: 300 });
  expect(table()).toEqual(['198.51.100.1']);
  expect(leases()).toMatchObject([
    {
      group: 'plex',
      name: 'plex.tv',
      address: '198.51.100.1',
      cause: 'answer',
      rule: { pattern: 'plex.tv' },
      // A stand-in stops no packet.
      firewalls: [{ name: 'edge', state: 'held' }],
    },
  ]);
  expect(listSightings(db, { limit: 5 }).items).toMatchObject([{ address: '198.51.100.1', ttlS: 300 }]);
  await pass(SECOND);
  expect(lines).toMatchObject([{ verdict: 'allowed', reason: 'rule', answers: ['198.51.100.1'] }]);
});

/** A firewall whose writes are dear: one, and the next in an hour. */
function dear(driver: Driver): Driver {
  let writes = 0;
  return {
    ...driver,
    capabilities: { ...driver.capabilities, writeBudget: { burst: 1, refillMs: HOUR } },
    writes: () => writes,
    async apply(changes, signal) {
      writes += 1;
      await driver.apply(changes, signal);
    },
  };
}

test('with the write budget spent a new name is told at once, unconfirmed, and counted as that', async () => {
  const { answer, counters, table, upstream } = await plex({ allowed: ['plex.tv', 'other.tv'], wrap: dear });
  upstream.answers('other.tv A', a('other.tv', '198.51.100.2'));
  await answer('plex.tv');
  expect(await counters()).toMatchObject({ toldUnconfirmed: 0, toldOverBudget: 0 });
  expect(await answer('other.tv')).toMatchObject({ addresses: ['198.51.100.2'], ttl: 10 });
  expect(table()).toEqual(['198.51.100.1']);
  expect(await counters()).toMatchObject({ toldUnconfirmed: 1, toldOverBudget: 1 });
});

test('a slow firewall is waited for, and the answer comes with the read-back', async () => {
  const slow = latch();
  const { ask, table, leases, pass } = await plex({ wrap: slow.wrap });
  slow.close();
  const asked = ask('plex.tv');
  await until('the lease', () => leases().length === 1);
  await pass(4 * SECOND);
  expect(asked.told).toBeUndefined();
  expect(table()).toEqual([]);
  expect(leases()).toMatchObject([{ firewalls: [{ state: 'waiting' }] }]);
  slow.open();
  await until('the answer', () => asked.told !== undefined);
  expect(asked.told).toMatchObject({ addresses: ['198.51.100.1'], ttl: 296 });
});

test('a firewall that is too slow costs the hold limit, and the answer is counted as unconfirmed (P3)', async () => {
  const slow = latch();
  const { ask, pass, counters, leases } = await plex({ wrap: slow.wrap });
  slow.close();
  const asked = ask('plex.tv');
  await until('the lease', () => leases().length === 1);
  await pass(4500, 500);
  await until('the answer', () => asked.told !== undefined);
  expect(asked.told).toMatchObject({ addresses: ['198.51.100.1'], ttl: 10 });
  expect(await counters()).toMatchObject({ held: 1, toldUnconfirmed: 1 });
  slow.open();
});

test('a refused name stays in the house, is written down, and resolves once it is allowed', async () => {
  const { answer, allow, control, upstream, denials, pass, table } = await plex();
  upstream.answers('new.example A', a('new.example', '198.51.100.7'));
  expect(await answer('new.example')).toMatchObject({ rcode: 'NXDOMAIN' });
  await pass(SECOND);
  expect(denials()).toEqual(['new.example']);
  expect(upstream.asked).toEqual([]);
  allow('new.example');
  await control.policy.reload();
  expect(await answer('new.example')).toMatchObject({ addresses: ['198.51.100.7'] });
  expect(table()).toEqual(['198.51.100.7']);
});

describe('revoking a rule', () => {
  test('is effective when the reload resolves, and closes only what no other name needs', async () => {
    const { answer, allow, control, db, upstream, table, pass } = await plex();
    upstream.answers(
      'other.example A',
      a('other.example', '198.51.100.1'),
      a('other.example', '198.51.100.2'),
    );
    const rule = allow('other.example');
    await control.policy.reload();
    await answer('plex.tv');
    await answer('other.example');
    expect(table()).toEqual(['198.51.100.1', '198.51.100.2']);
    endRule(db, rule, { at: 0, by: 'anna' });
    expect((await control.policy.reload()).ended.toSorted()).toEqual(['198.51.100.1', '198.51.100.2']);
    expect(await answer('other.example')).toMatchObject({ rcode: 'NXDOMAIN' });
    await pass(SECOND);
    expect(table()).toEqual(['198.51.100.1']);
    expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.1'] });
  });

  test('counts for an answer that is on its way', async () => {
    const { allow, ask, control, db, upstream, table, pass } = await plex({ allowed: [] });
    const rule = allow('plex.tv');
    await control.policy.reload();
    upstream.waits(true);
    const asked = ask('plex.tv');
    await until('the question', () => upstream.asked.length === 1);
    endRule(db, rule, { at: 0, by: 'anna' });
    await control.policy.reload();
    upstream.waits(false);
    await until('the answer', () => asked.told !== undefined);
    expect(asked.told).toMatchObject({ rcode: 'NXDOMAIN' });
    await pass(SECOND);
    expect(table()).toEqual([]);
  });
});

describe('the end of a lease', () => {
  const term = (5 + 10 + 10) * MINUTE;

  test('closes the address when the upstream still answers', async () => {
    const { answer, pass, table } = await plex();
    await answer('plex.tv');
    await pass(term - 10 * SECOND, 10 * SECOND);
    expect(table()).toEqual(['198.51.100.1']);
    await pass(20 * SECOND);
    expect(table()).toEqual([]);
  });

  test('closes nothing while no upstream answers (P5), and stale answers are told', async () => {
    const { answer, pass, table, upstream, leases } = await plex();
    await answer('plex.tv');
    upstream.fails(true);
    await pass(term + HOUR, 5 * SECOND);
    expect(table()).toEqual(['198.51.100.1']);
    expect(leases()).toMatchObject([{ cause: 'outage' }]);
    expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.1'], ttl: 30 });
    upstream.fails(false);
    await pass(term + 5 * MINUTE, 5 * SECOND);
    expect(table()).toEqual([]);
  });
});

describe('a crash', () => {
  test('of the control plane changes nothing for names already confirmed, even when its firewall is gone too (P6)', async () => {
    const { answer, stopControl, startControlAgain, memory, pass, control } = await plex();
    await answer('plex.tv');
    await stopControl();
    await pass(10 * SECOND);
    expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.1'], ttl: 290 });
    memory.failNext(new Error('no route to host'));
    await startControlAgain();
    expect(control).toBeDefined();
    expect(await answer('plex.tv', 'A')).toMatchObject({ addresses: ['198.51.100.1'], ttl: 290 });
    await pass(5 * SECOND);
    expect(await answer('plex.tv')).toMatchObject({ ttl: 285 });
  });

  test('of the data plane: the next one is told everything', async () => {
    const { answer, replaceDataPlane, upstream, counters } = await plex();
    await answer('plex.tv');
    await replaceDataPlane();
    expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.1'] });
    expect(upstream.asked).toHaveLength(2);
    expect(await counters()).toMatchObject({ held: 0, toldUnconfirmed: 0 });
  });
});

test('a pause answers everything, and ends by itself with what it opened', async () => {
  const { answer, control, db, groupId, clock, upstream, table, pass } = await plex();
  upstream.answers('new.example A', a('new.example', '198.51.100.7'));
  updateGroup(db, groupId, { pausedUntil: clock.now() + 10 * MINUTE });
  await control.policy.reload();
  expect(await answer('new.example')).toMatchObject({ addresses: ['198.51.100.7'] });
  await pass(SECOND);
  expect(table()).toEqual(['198.51.100.7']);
  await pass(10 * MINUTE, 10 * SECOND);
  expect(await answer('new.example')).toMatchObject({ rcode: 'NXDOMAIN' });
  expect(table()).toEqual([]);
});

test('what was learnt stays open for its told term when the group begins to enforce', async () => {
  const { answer, control, db, groupId, table, pass } = await plex({ allowed: [], group: { mode: 'learn' } });
  await answer('plex.tv');
  await pass(SECOND);
  updateGroup(db, groupId, { mode: 'enforce' });
  await control.policy.reload();
  expect(await answer('plex.tv')).toMatchObject({ rcode: 'NXDOMAIN' });
  await pass(15 * MINUTE - 30 * SECOND, 10 * SECOND);
  expect(table()).toEqual(['198.51.100.1']);
  await pass(MINUTE);
  expect(table()).toEqual([]);
});

test('a name to be kept warm is open before anybody asks, and again before its answer ends', async () => {
  const { allow, control, upstream, table, pass, counters, answer } = await plex({ allowed: [] });
  allow('plex.tv', { warm: 'always' });
  await control.policy.reload();
  await pass(2 * SECOND);
  await until('the look-up', () => table().length === 2);
  expect(table()).toEqual(['198.51.100.1', '2001:db8::1']);
  await pass(5 * MINUTE, SECOND);
  expect(upstream.asked.length).toBeGreaterThanOrEqual(4);
  expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.1'] });
  expect(await counters()).toMatchObject({ held: 0, toldUnconfirmed: 0, queries: 1 });
});

test('an address withdrawn from the workers is told no more, while a slow firewall still holds it', async () => {
  const slow = latch();
  const { answer, control, db, pass, table, ask, allow } = await plex({ wrap: slow.wrap, allowed: [] });
  const rule = allow('plex.tv');
  await control.policy.reload();
  await answer('plex.tv');
  slow.close();
  endRule(db, rule, { at: 0, by: 'anna' });
  await control.policy.reload();
  await pass(SECOND);
  expect(table()).toEqual(['198.51.100.1']);
  allow('plex.tv');
  await control.policy.reload();
  const asked = ask('plex.tv');
  await pass(SECOND);
  expect(asked.told).toBeUndefined();
  slow.open();
  await until('the answer', () => asked.told !== undefined);
  expect(table()).toEqual(['198.51.100.1']);
});

test('a flush is in force when it is reported: the upstream is asked anew, and nothing counts as kept', async () => {
  const { answer, control, upstream } = await plex();
  await answer('plex.tv');
  await answer('plex.tv');
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.9'));
  await control.cache.flush(name('plex.tv'));
  expect(control.cache.report()).toMatchObject({ entries: 0, octets: 0, hits: 1, misses: 1 });
  expect(await answer('plex.tv')).toMatchObject({ addresses: ['198.51.100.9'] });
});

test('a client of no group is a new host', async () => {
  const { answer, control, db, groupId, pass } = await plex();
  setClients(db, groupId, []);
  await control.policy.reload();
  expect(await answer('plex.tv')).toMatchObject({ rcode: 'REFUSED' });
  await pass(SECOND);
  expect(listUnknownClients(db)).toMatchObject([{ address: parseIpAddress('127.0.0.1') }]);
});
