import { describe, expect, test } from 'vitest';
import { ip, stage } from './stage.ts';
import { down } from './table-driver.ts';

const FOREVER = Number.POSITIVE_INFINITY;

describe('after a start, on an alias that we know', () => {
  test('what nobody knows was there before us: it is taken over, not removed', async () => {
    const { sync, want, driver, adopted, table } = stage();
    for (const n of [1, 8, 9]) driver.table.set(ip(n), FOREVER);
    want(1);
    expect(await sync.run('start')).toMatchObject({ outcome: 'unchanged' });
    expect(adopted).toEqual([ip(8), ip(9)]);
    expect(table()).toHaveLength(3);
  });

  test('what ended while we were away goes', async () => {
    const { sync, want, end, driver, table, adopted } = stage();
    for (const n of [1, 8]) driver.table.set(ip(n), FOREVER);
    want(1);
    end(8);
    expect(await sync.run('start')).toMatchObject({ changes: [{ address: ip(8), cause: 'expired' }] });
    expect(table()).toEqual([ip(1)]);
    expect(adopted).toEqual([]);
  });

  test('what cannot be taken over now is held, and taken over when it can be', async () => {
    const { sync, want, driver, world, adopted, table } = stage();
    for (const n of [1, 2, 3, 8]) driver.table.set(ip(n), FOREVER);
    want(1, 2, 3, 4);
    world.adopts = false;
    expect(await sync.run('start')).toMatchObject({ outcome: 'held', changes: [{ address: ip(4) }] });
    expect(table()).toEqual([1, 2, 3, 4, 8].map(ip));
    world.adopts = true;
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'unchanged' });
    expect(adopted).toEqual([ip(8)]);
    expect(sync.status().heldPlan).toBeUndefined();
  });

  test('a firewall that could not be read at first is taken over when it can', async () => {
    const { sync, driver, adopted } = stage();
    driver.table.set(ip(8), FOREVER);
    driver.fail = down();
    await sync.run('start');
    driver.fail = undefined;
    await sync.run('schedule');
    expect(adopted).toEqual([ip(8)]);
  });
});

describe('in an alias that is new to the ledger', () => {
  test('what expired before it was read was there before its lease: it is taken over', async () => {
    const { sync, want, end, driver, table, adopted } = stage({}, { known: false });
    for (const n of [1, 8]) driver.table.set(ip(n), FOREVER);
    want(1);
    end(8);
    expect(await sync.run('start')).toMatchObject({ outcome: 'unchanged' });
    expect(adopted).toContain(ip(8));
    expect(table()).toHaveLength(2);
  });

  test('what is leased by now may have been told before: it is taken over as well', async () => {
    const { sync, want, driver, adopted } = stage({}, { known: false });
    driver.table.set(ip(1), FOREVER);
    want(1, 2);
    expect(await sync.run('start')).toMatchObject({ changes: [{ address: ip(2), change: 'add' }] });
    expect(adopted).toEqual([ip(1)]);
  });

  test('what a person has closed goes', async () => {
    const { sync, want, end, driver, table, adopted } = stage({}, { known: false });
    for (const n of [1, 8]) driver.table.set(ip(n), FOREVER);
    want(1);
    end(8, 'revoked', true);
    expect(await sync.run('start')).toMatchObject({ changes: [{ address: ip(8), cause: 'revoked' }] });
    expect(adopted).not.toContain(ip(8));
    expect(table()).toEqual([ip(1)]);
  });
});

test('a held removal that cannot be taken over stays held', async () => {
  const { sync, want, forget, world } = stage();
  want(1, 2, 3);
  await sync.run('start');
  forget(3);
  await sync.run('schedule');
  world.adopts = false;
  expect(() => sync.drop()).toThrow('the removal stays held');
  expect(sync.status().heldPlan?.removals).toEqual([ip(3)]);
});

test('an address that was there at the last read and that nobody knows any more waits for a person', async () => {
  const { sync, want, forget, table } = stage();
  want(1, 2, 3, 4, 5, 6, 7, 8, 9);
  await sync.run('start');
  forget(9);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'held' });
  expect(table()).toHaveLength(9);
  expect(sync.status().heldPlan?.removals).toEqual([ip(9)]);
});

test('what somebody adds while we write is foreign too', async () => {
  const { sync, want, driver, table } = stage();
  want(1, 2, 3, 4);
  await sync.run('start');
  want(5);
  driver.duringApply = () => void driver.table.set(ip(66), FOREVER);
  await sync.run('nudge');
  expect(await sync.run('schedule')).toMatchObject({
    outcome: 'applied',
    changes: [{ address: ip(66), change: 'remove', cause: 'not in the ledger' }],
  });
  expect(table()).toHaveLength(5);
});

test('an address that another writer keeps is named until it is gone', async () => {
  const { sync, want, driver } = stage();
  want(1, 2);
  await sync.run('start');
  for (let i = 0; i < 5; i++) {
    driver.table.set(ip(66), FOREVER);
    await sync.run('schedule');
  }
  expect(sync.status().otherWriters).toEqual([ip(66)]);
  driver.table.delete(ip(66));
  await sync.run('schedule');
  expect(sync.status().otherWriters).toEqual([]);
});

test('what another writer keeps is no part of a plan that a person has to judge', async () => {
  const { sync, want, driver } = stage();
  want(1);
  await sync.run('start');
  const others = [60, 61, 62];
  for (let i = 0; i < 4; i++) {
    for (const n of others) driver.table.set(ip(n), FOREVER);
    await sync.run('schedule');
  }
  driver.table.set(ip(70), FOREVER);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied', changes: [{ address: ip(70) }] });
});

test('another writer who keeps adding an address whose lease has ended is reported, not fought', async () => {
  const { sync, want, end, driver, table } = stage();
  want(1, 2);
  await sync.run('start');
  end(2);
  await sync.run('lease-end');
  for (let i = 0; i < 6; i++) {
    driver.table.set(ip(2), FOREVER);
    await sync.run('schedule');
  }
  expect(table()).toEqual([ip(1), ip(2)]);
  expect(sync.status().otherWriters).toEqual([ip(2)]);
  expect(driver.applied.filter(({ remove }) => remove.includes(ip(2)))).toHaveLength(4);
  // A name leads to it again: it is ours, and goes at its end.
  want(2);
  await sync.run('nudge');
  expect(sync.status().otherWriters).toEqual([]);
  end(2);
  await sync.run('lease-end');
  expect(table()).toEqual([ip(1)]);
});

test('an address that is opened and closed again and again has no other writer', async () => {
  const { sync, want, end, table } = stage({ opens: true });
  want(1);
  await sync.run('start');
  for (let i = 0; i < 6; i++) {
    want(2);
    sync.nudge('nudge', [ip(2)]);
    end(3);
    await sync.run('nudge');
    end(2);
    await sync.run('lease-end');
    expect(table()).toEqual([ip(1)]);
  }
});
