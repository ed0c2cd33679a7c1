import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { FirewallSpec } from '../../src/control/firewall.ts';
import { createFirewalls } from '../../src/control/firewalls.ts';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { createOpenings } from '../../src/control/openings.ts';
import type { Capabilities } from '../../src/firewall/driver.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { MainDb } from '../../src/store/open.ts';
import { addPin, endPin } from '../../src/store/pins.ts';
import { listRuns } from '../../src/store/runs.ts';
import { mainDb } from '../store/temp.ts';
import { DAY, group, HOUR, ip, MINUTE, NOON, name, prefix } from '../store/world.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';
import { down, type TableDriver, tableDriver } from '../sync/table-driver.ts';

/** `before`: what ran on the same database until now. */
function stage(
  specs: (
    clock: ManualClock,
  ) => readonly (Partial<FirewallSpec> & { readonly capabilities?: Partial<Capabilities> })[] = () => [{}],
  before?: { readonly db: MainDb; readonly groupId: number },
) {
  const clock = manualClock(NOON);
  const db = before?.db ?? mainDb();
  const groupId = before?.groupId ?? group(db).id;
  const ledger = new Ledger(ledgerStore(db));
  const never = new Set<string>();
  const looks = { count: 0 };
  const drivers: TableDriver[] = [];
  const disk = { full: false };
  const openings = createOpenings({ db, clock });
  const firewalls = createFirewalls({
    clock,
    log: silentLog(),
    db,
    ledger,
    openings,
    specs: specs(clock).map(({ capabilities, ...spec }, n): FirewallSpec => {
      const driver = tableDriver(clock, capabilities);
      drivers.push(driver);
      return {
        name: `fw${n}`,
        kind: 'memory',
        alias: 'open',
        required: true,
        groups: 'all',
        driver,
        ...spec,
      };
    }),
    groupName: String,
    isAllowed: () => true,
    isNeverOpened(address) {
      looks.count++;
      return never.has(address);
    },
    attempt(_, write) {
      if (disk.full) return false;
      write();
      return true;
    },
    onChange: async () => undefined,
  });
  onTestFinished(() => firewalls.close());
  const gated = firewalls.useGroups([{ id: groupId, name: 'plex', graceMs: 0, clients: [] }]);
  const [driver] = drivers;
  if (driver === undefined) throw new Error('no driver');
  return {
    clock,
    db,
    groupId,
    ledger,
    openings,
    firewalls,
    never,
    looks,
    driver,
    drivers,
    disk,
    gated,
    sync: firewalls.byName('fw0').sync,
    lease(n: number) {
      ledger.open(
        [
          {
            groupId,
            name: name('plex.tv'),
            address: ip(`198.51.100.${n}`),
            ruleId: undefined,
            cause: 'answer',
            toldUntil: NOON,
            until: NOON + HOUR,
          },
        ],
        NOON,
      );
    },
    endLeases(n: number) {
      const leases = [...ledger.ofAddress(ip(`198.51.100.${n}`))].filter(({ cause }) => cause === 'answer');
      ledger.end(leases, clock.now(), 'revoked', () => false);
    },
    pin: (text: string, until?: number) =>
      addPin(db, {
        groupId,
        prefix: prefix(text),
        ports: [],
        note: 'by hand',
        until,
        origin: 'person',
        createdAt: NOON,
        createdBy: 'anna',
      }),
    table: () => [...driver.table.keys()].sort(),
    runs: () => listRuns(db, { limit: 20 }).items.map((run) => run.outcome),
  };
}

test('answers wait for required firewalls only', () => {
  expect(stage().gated.gated.size).toBe(1);
  expect(stage(() => [{ required: false }]).gated.gated.size).toBe(0);
  expect(stage(() => [{ groups: ['other'] }]).gated.gated.size).toBe(0);
});

test('what a firewall should hold is counted for whoever asks for the count, and for nobody else', () => {
  const { firewalls, lease, looks } = stage();
  lease(1);
  const [report] = firewalls.reports();
  expect(looks.count).toBe(0);
  expect(report?.desired).toBe(1);
  expect(looks.count).toBe(1);
});

test('what is wanted and was not read back is missing; the sentinel is nobody’s to miss', async () => {
  const { firewalls, lease, sync, driver } = stage(() => [{ sentinel: true }]);
  lease(1);
  lease(2);
  expect(firewalls.byName('fw0').missing()).toEqual(['198.51.100.1', '198.51.100.2']);
  await sync.run('start');
  expect(firewalls.byName('fw0').missing()).toEqual([]);
  lease(3);
  expect(driver.table.size).toBe(3);
  expect(firewalls.byName('fw0').missing()).toEqual(['198.51.100.3']);
});

test('an alias that is new to us keeps what it holds for a day, listed as adopted', async () => {
  const { driver, sync, ledger, table, lease } = stage();
  driver.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  lease(1);
  await sync.run('start');
  expect(table()).toEqual(['198.51.100.1', '198.51.100.9']);
  expect([...ledger.live()]).toMatchObject([
    { address: '198.51.100.1' },
    { address: '198.51.100.9', cause: 'adopted', until: NOON + DAY },
  ]);
});

test('what one firewall held is kept there, and opened on no other', async () => {
  const { drivers, firewalls, lease, endLeases } = stage(() => [{}, {}]);
  const [first, second] = drivers;
  const held = () => drivers.map(({ table }) => [...table.keys()].sort());
  first?.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  const runAll = async () => {
    for (const name of ['fw0', 'fw1']) await firewalls.byName(name).sync.run('schedule');
  };
  await runAll();
  await runAll();
  expect(held()).toEqual([['198.51.100.9'], []]);
  expect(firewalls.reports()).toMatchObject([{ desired: 1 }, { desired: 0 }]);
  // A name that leads to it opens it everywhere, however much sooner that ends.
  lease(9);
  await runAll();
  expect(held()).toEqual([['198.51.100.9'], ['198.51.100.9']]);
  // Once nothing leads to it any more, the one that never held it for its own sake gives it up.
  endLeases(9);
  await runAll();
  expect(held()).toEqual([['198.51.100.9'], []]);
  lease(9);
  await runAll();
  // A reboot.
  first?.table.clear();
  second?.table.clear();
  await runAll();
  expect(held()).toEqual([['198.51.100.9'], ['198.51.100.9']]);
});

test('what one firewall held is kept there after a restart of ours', async () => {
  const before = stage(() => [{}, {}]);
  before.drivers[0]?.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  await before.sync.run('start');
  const after = stage(() => [{}, {}], before);
  after.ledger.restore([...before.ledger.live()], []);
  after.drivers[0]?.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  after.clock.advance(HOUR);
  for (const name of ['fw0', 'fw1']) await after.firewalls.byName(name).sync.run('start');
  expect(after.drivers.map(({ table }) => [...table.keys()])).toEqual([['198.51.100.9'], []]);
  expect([...after.ledger.live()]).toMatchObject([{ cause: 'adopted' }]);
});

test('what an alias holds without a cause is counted, and what has one is not', async () => {
  const { driver, sync, firewalls, lease, pin, openings } = stage();
  lease(1);
  pin('198.51.100.2');
  openings.changed();
  await sync.run('start');
  for (const n of [5, 6, 7, 8, 9]) driver.table.set(ip(`203.0.113.${n}`), Number.POSITIVE_INFINITY);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'held' });
  expect(firewalls.reports()).toMatchObject([{ unexplained: 5, desired: 2 }]);
  sync.release();
  await sync.run('person');
  expect(firewalls.reports()).toMatchObject([{ unexplained: 0 }]);
});

test('what an alias holds besides single addresses is told', async () => {
  const network = '203.0.113.0/24';
  const { firewalls } = stage((clock) => [{ driver: { ...tableDriver(clock), wider: () => [network] } }, {}]);
  expect(firewalls.reports()).toMatchObject([{ wider: [network] }, { wider: [] }]);
});

describe('an address that should have gone', () => {
  const dear = () => [{ capabilities: { writeBudget: { burst: 5, refillMs: MINUTE } } }];

  test('is counted once the firewall has held it for minutes after its removal was due', async () => {
    const { clock, driver, sync, firewalls, lease, endLeases } = stage();
    for (const n of [1, 2]) lease(n);
    await sync.run('start');
    endLeases(1);
    driver.loses = true;
    await sync.run('lease-end');
    expect(firewalls.reports()).toMatchObject([{ unexplained: 0, desired: 1 }]);
    clock.advance(5 * MINUTE);
    expect(firewalls.reports()).toMatchObject([{ unexplained: 1 }]);
    expect(firewalls.byName('fw0').unexplained()).toEqual([ip('198.51.100.1')]);
    driver.loses = false;
    await sync.run('schedule');
    expect(firewalls.reports()).toMatchObject([{ unexplained: 0 }]);
  });

  test('is counted on a firewall that cannot be reached any more, and not once it is wanted again', async () => {
    const { clock, driver, sync, firewalls, lease, endLeases } = stage();
    for (const n of [1, 2]) lease(n);
    await sync.run('start');
    endLeases(1);
    driver.fail = down();
    await sync.run('lease-end');
    clock.advance(5 * MINUTE);
    expect(firewalls.reports()).toMatchObject([{ unexplained: 1 }]);
    lease(1);
    await sync.run('schedule');
    expect(firewalls.reports()).toMatchObject([{ unexplained: 0 }]);
    endLeases(1);
    await sync.run('lease-end');
    expect(firewalls.reports()).toMatchObject([{ unexplained: 0 }]);
  });

  test('has, where writes are dear, until the write that takes what nobody waits for', async () => {
    const { clock, sync, firewalls, ledger, groupId } = stage(dear);
    const open = (n: number, until: number) =>
      ledger.open(
        [
          {
            groupId,
            name: name('plex.tv'),
            address: ip(`198.51.100.${n}`),
            ruleId: undefined,
            cause: 'answer',
            toldUntil: clock.now(),
            until,
          },
        ],
        clock.now(),
      );
    open(1, NOON + HOUR);
    open(2, NOON + 3 * DAY);
    await sync.run('start');
    ledger.end([...ledger.ofAddress(ip('198.51.100.1'))], clock.now(), 'expired', () => false);
    clock.advance(6 * HOUR - MINUTE);
    // This write makes the next one wait.
    open(3, NOON + 3 * DAY);
    await sync.run('nudge');
    clock.advance(MINUTE);
    await sync.run('schedule');
    clock.advance(11 * HOUR);
    expect(firewalls.reports()).toMatchObject([{ unexplained: 0, desired: 2, status: { entries: 3 } }]);
  });

  test('is counted there too when the write did not take it', async () => {
    const { clock, sync, firewalls, lease, endLeases, driver } = stage(dear);
    for (const n of [1, 2]) lease(n);
    await sync.run('start');
    endLeases(1);
    driver.loses = true;
    await sync.run('lease-end');
    clock.advance(5 * MINUTE);
    expect(firewalls.reports()).toMatchObject([{ unexplained: 1 }]);
  });
});

describe('what explains a removal', () => {
  test('a pin that a person took out, be it the only address', async () => {
    const { sync, pin, db, openings, table } = stage();
    const { id } = pin('198.51.100.7');
    pin('198.51.100.0/24');
    await sync.run('start');
    expect(table()).toEqual(['198.51.100.7']);
    endPin(db, id, { at: NOON, by: 'anna' });
    openings.changed();
    expect(await sync.run('person')).toMatchObject({ outcome: 'applied', changes: [{ cause: 'pin-ended' }] });
    expect(table()).toEqual([]);
  });

  test('a group that is gone', async () => {
    const { sync, lease, ledger, firewalls, table } = stage();
    for (const n of [1, 2, 3, 4, 5]) lease(n);
    await sync.run('start');
    firewalls.useGroups([]);
    ledger.end([...ledger.live()], NOON, 'group-gone', () => false);
    expect(await sync.run('nudge')).toMatchObject({ outcome: 'applied' });
    expect(table()).toEqual([]);
  });

  test('the never-list', async () => {
    const { sync, lease, never, table } = stage();
    lease(1);
    await sync.run('start');
    never.add('198.51.100.1');
    await sync.run('schedule');
    expect(table()).toEqual([]);
  });
});

test('the same trouble run after run is one line of history; the next one and the recovery are another', async () => {
  const { driver, sync, lease, runs } = stage();
  lease(1);
  driver.fail = down();
  for (let i = 0; i < 3; i++) await sync.run('person');
  // The same, however long it took.
  for (const tookMs of [2, 14]) {
    driver.fail = new Error(`The firewall did not answer: 192.0.2.1:443 after ${tookMs} ms`);
    await sync.run('person');
  }
  driver.fail = new Error('another trouble');
  await sync.run('person');
  driver.fail = undefined;
  await sync.run('person');
  await sync.run('person');
  expect(runs()).toEqual(['applied', 'failed', 'failed']);
});

test('a report says what is connected, desired and found', async () => {
  const { firewalls, sync, lease, clock } = stage();
  lease(1);
  expect(firewalls.reports()).toMatchObject([
    { name: 'fw0', connected: false, ruleUse: 'unknown', desired: 1 },
  ]);
  await sync.run('start');
  clock.advance(5 * MINUTE);
  await settle();
  expect(firewalls.reports()).toMatchObject([
    { connected: true, enforces: true, status: { state: 'up', entries: 1 } },
  ]);
  expect(firewalls.heldBy(ip('198.51.100.1'), 1)).toMatchObject([{ name: 'fw0', held: true }]);
  expect(() => firewalls.byName('nothing')).toThrow('there is no firewall named nothing');
});

test('an alias that serves no group yet is not emptied; it is taken over when one comes', async () => {
  const { driver, sync, firewalls, groupId, table, ledger } = stage();
  firewalls.useGroups([]);
  driver.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  expect(await sync.run('start')).toMatchObject({ outcome: 'held' });
  firewalls.useGroups([{ id: groupId, name: 'plex', graceMs: 0, clients: [] }]);
  await sync.run('nudge');
  expect(table()).toEqual(['198.51.100.9']);
  expect([...ledger.live()]).toMatchObject([{ cause: 'adopted' }]);
});

describe('two required firewalls', () => {
  const both = () => stage(() => [{}, {}]);

  test('that disagree: each says what it holds, and the one that lacks something is behind', async () => {
    const { firewalls, drivers, lease } = both();
    const [, second] = drivers;
    if (second === undefined) throw new Error('no second driver');
    lease(1);
    second.loses = true;
    firewalls.nudgeAll('start');
    await settle();
    expect(firewalls.reports().map(({ status }) => status.state)).toEqual(['up', 'behind']);
    expect(firewalls.heldBy(ip('198.51.100.1'), 1).map(({ held }) => held)).toEqual([true, false]);
    expect(firewalls.views.map(({ held }) => held.size)).toEqual([1, 0]);
  });

  test('recover by themselves', async () => {
    const { firewalls, drivers, lease, clock } = both();
    const [, second] = drivers;
    if (second === undefined) throw new Error('no second driver');
    second.fail = down();
    lease(1);
    firewalls.nudgeAll('start');
    await settle();
    expect(firewalls.reports().map(({ status }) => status.state)).toEqual(['up', 'down']);
    second.fail = undefined;
    clock.advance(1000);
    await settle();
    expect(firewalls.reports().map(({ status }) => status.state)).toEqual(['up', 'up']);
    expect(firewalls.views.map(({ held }) => held.size)).toEqual([1, 1]);
  });

  test('on one box are asked one at a time', async () => {
    const { firewalls, drivers, lease } = stage(() => [
      { box: 'opnsense 192.0.2.1' },
      { box: 'opnsense 192.0.2.1' },
    ]);
    const [first, second] = drivers;
    if (first === undefined || second === undefined) throw new Error('no drivers');
    lease(1);
    let goOn = () => {};
    first.duringApply = () =>
      new Promise((resolve) => {
        goOn = resolve;
      });
    firewalls.nudgeAll('start');
    await settle();
    expect([first.reads, second.reads]).toEqual([1, 0]);
    goOn();
    await settle();
    expect(second.table.size).toBe(1);
  });
});

describe('two aliases of one box whose writes are dear', () => {
  const DEAR = { writeBudget: { burst: 2, refillMs: MINUTE } };
  const dear = (clock: ManualClock) => {
    const [a, b] = [tableDriver(clock, DEAR), tableDriver(clock, DEAR)];
    const specs: readonly Partial<FirewallSpec>[] = [
      { driver: a, alias: 'Plex_A', box: 'pfsense 192.0.2.1' },
      { driver: b, alias: 'Plex_B', box: 'pfsense 192.0.2.1' },
    ];
    return { a, b, specs };
  };
  const both = (before?: Parameters<typeof stage>[1]) => {
    let made: ReturnType<typeof dear> | undefined;
    const on = stage((clock) => {
      made = dear(clock);
      return made.specs;
    }, before);
    if (made === undefined) throw new Error('no drivers');
    return { ...on, ...made, run: (name: string) => on.firewalls.byName(name).sync.run('nudge') };
  };
  const written = ({ firewalls }: ReturnType<typeof both>) =>
    firewalls.reports().map(({ status }) => status.writesToday);

  test('write out of one budget, and what the box was written today is counted for both', async () => {
    const here = both();
    here.lease(1);
    await here.run('fw0');
    await here.run('fw1');
    expect(written(here)).toEqual([2, 2]);
    here.lease(2);
    await here.run('fw0');
    expect(here.a.table.has(ip('198.51.100.2'))).toBe(false);
    here.clock.advance(MINUTE);
    await settle();
    const open = [here.a, here.b].filter(({ table }) => table.has(ip('198.51.100.2')));
    expect(open).toHaveLength(1);
  });

  test('over a restart as well', async () => {
    const first = both();
    first.lease(1);
    await first.run('fw0');
    await first.run('fw1');
    const second = both(first);
    expect(written(second)).toEqual([2, 2]);
    expect(second.firewalls.views.map(({ canConfirm }) => canConfirm)).toEqual([false, false]);
  });
});

test('what an owner can get wrong is looked at in turn with the runs of the box, never beside one', async () => {
  const { firewalls, driver, lease, clock } = stage(() => [{ box: 'pfsense 192.0.2.1' }]);
  lease(1);
  let goOn = () => {};
  driver.duringApply = () =>
    new Promise((resolve) => {
      goOn = resolve;
    });
  firewalls.nudgeAll('start');
  await settle();
  clock.advance(1);
  const examined = firewalls.byName('fw0').examine();
  await settle();
  goOn();
  expect(await examined).toEqual([]);
  await settle();
  expect(driver.table.size).toBe(1);
});

test('nothing is looked at on a firewall that was closed meanwhile', async () => {
  const { firewalls, driver, lease } = stage(() => [{ box: 'pfsense 192.0.2.1' }]);
  lease(1);
  let goOn = () => {};
  driver.duringApply = () =>
    new Promise((resolve) => {
      goOn = resolve;
    });
  let looks = 0;
  Object.assign(driver, { examine: async () => void looks++ });
  firewalls.nudgeAll('start');
  await settle();
  const examined = firewalls.byName('fw0').examine();
  const closed = firewalls.close();
  goOn();
  await expect(examined).rejects.toThrow();
  await closed;
  expect(looks).toBe(0);
});

describe('the sentinel', () => {
  test('stands in an alias that serves a group, though it may never be opened', async () => {
    const { sync, table, never, groupId, firewalls } = stage(() => [{ sentinel: true }]);
    never.add('192.0.2.254');
    await sync.run('start');
    expect(table()).toEqual(['192.0.2.254']);
    firewalls.useGroups([]);
    await sync.run('schedule');
    expect(table()).toEqual([]);
    expect(groupId).toBe(1);
  });

  test('makes a lost table a warning for a day', async () => {
    const { sync, driver, firewalls, clock } = stage(() => [{ sentinel: true }]);
    await sync.run('start');
    expect(firewalls.warnings()).toEqual([]);
    driver.table.clear();
    await sync.run('schedule');
    expect(firewalls.warnings()).toEqual([
      'Firewall fw0 lost its table open (2026-11-22T12:00:00.000Z, 1 entries): it was rebooted, or somebody flushed it. It is filled again by itself.',
    ]);
    clock.advance(DAY);
    expect(firewalls.warnings()).toEqual([]);
  });
});

test('addresses that another writer keeps are named in a warning', async () => {
  const { sync, driver, lease, firewalls } = stage();
  lease(1);
  lease(2);
  await sync.run('start');
  for (let i = 0; i < 4; i++) {
    driver.table.set(ip('198.51.100.66'), Number.POSITIVE_INFINITY);
    await sync.run('schedule');
  }
  expect(firewalls.warnings()).toEqual([
    expect.stringContaining('Another writer keeps adding 198.51.100.66 to open on firewall fw0'),
  ]);
});

test('whether an address is used is told by any firewall of the group that counts', async () => {
  const { firewalls, drivers, lease, groupId, clock } = stage(() => [{}, {}]);
  const [, second] = drivers;
  lease(1);
  const used = () => firewalls.usedSince(groupId, ip('198.51.100.1'), NOON);
  firewalls.nudgeAll('start');
  await settle();
  expect(used()).toBeUndefined();
  const count = async (packets: number) => {
    second?.packets.set(ip('198.51.100.1'), packets);
    firewalls.nudgeAll('schedule');
    await settle();
    clock.advance(MINUTE);
  };
  await count(3);
  await count(3);
  expect(used()).toBe(false);
  await count(4);
  expect(used()).toBe(true);
  expect(firewalls.usedSince(99, ip('198.51.100.1'), NOON)).toBeUndefined();
});

test('what was in a new alias and cannot be written down stays where it is', async () => {
  const { driver, sync, lease, table, disk } = stage();
  disk.full = true;
  driver.table.set(ip('198.51.100.9'), Number.POSITIVE_INFINITY);
  lease(1);
  expect(await sync.run('start')).toMatchObject({ outcome: 'held' });
  expect(table()).toEqual(['198.51.100.1', '198.51.100.9']);
  disk.full = false;
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'unchanged' });
});

const WARNED = /^Group plex is in strict mode.*firewall fw0 .*onHoldLimit: answer/;

describe('a group that would rather have no answer than an unconfirmed one, wherever it was made', () => {
  const strict = (groupId: number) => ({
    id: groupId,
    name: 'plex',
    graceMs: 0,
    clients: [],
    onHoldLimit: 'servfail' as const,
  });

  test.each([
    ['behind a firewall that confirms nothing in time', 'pull', true, [expect.stringMatching(WARNED)]],
    ['beside one that is not required', 'pull', false, []],
    ['behind one that is read', 'table', true, []],
  ] as const)('%s', (_, confirms, required, warnings) => {
    const { firewalls, groupId } = stage((clock) => [{ driver: tableDriver(clock, { confirms }), required }]);
    firewalls.useGroups([strict(groupId)]);
    expect(firewalls.warnings()).toEqual(warnings);
  });
});
