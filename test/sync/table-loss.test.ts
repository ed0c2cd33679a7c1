import { describe, expect, test } from 'vitest';
import { SENTINEL } from '../../src/sync/table-loss.ts';
import { settle } from '../support/settle.ts';
import { HOUR, ip, START, stage } from './stage.ts';

const many = Array.from({ length: 120 }, (_, n) => n + 1);

test('a table that is empty and held several was lost: it is said, told no more at once, and filled in the same run', async () => {
  const { sync, want, driver, table, warnings, world } = stage();
  want(1, 2, 3);
  await sync.run('start');
  driver.table.clear();
  const held: number[] = [];
  world.changed = () => void held.push(sync.held.size);
  driver.duringApply = () => expect(held).toEqual([0]);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied' });
  expect(table()).toEqual([1, 2, 3].map(ip));
  expect(held).toEqual([0, 3]);
  expect(warnings).toEqual([{ entries: 3 }]);
  expect(sync.status().loss).toEqual({ at: START, entries: 3 });
});

test('entries that ended by themselves were not lost', async () => {
  const { sync, want, end, driver, clock } = stage({ expires: true });
  want(1, 2, 3);
  await sync.run('start');
  clock.advance(HOUR - 2000);
  for (const n of [1, 2, 3]) end(n);
  driver.table.clear();
  await sync.run('schedule');
  expect(sync.status().loss).toBeUndefined();
});

test('a firewall that is lost while it is written is filled again soon', async () => {
  const { sync, want, driver, table, clock } = stage();
  want(1, 2, 3);
  await sync.run('start');
  want(4);
  driver.duringApply = () => driver.table.clear();
  expect(await sync.run('nudge')).toMatchObject({ outcome: 'drift', changes: [{ confirmed: true }] });
  expect([...sync.held.keys()]).toEqual([ip(4)]);
  expect(sync.status()).toMatchObject({ state: 'behind', loss: { entries: 3 } });
  clock.advance(1000);
  await settle();
  expect(table()).toEqual([1, 2, 3, 4].map(ip));
  expect(sync.status().state).toBe('up');
});

test('much is filled again in portions that follow each other at once', async () => {
  const { sync, want, driver, table, clock } = stage();
  want(...many);
  for (let i = 0; i < 4; i++) await sync.run('start');
  driver.table.clear();
  await sync.run('schedule');
  expect(sync.status()).toMatchObject({ state: 'behind', lastError: expect.stringContaining('70 more') });
  for (let i = 0; i < 2; i++) {
    clock.advance(0);
    await settle();
  }
  expect(table()).toHaveLength(120);
  expect(sync.status().state).toBe('up');
});

describe('with a sentinel', () => {
  test('it is kept in the alias', async () => {
    const { sync, driver } = stage({}, { sentinel: true });
    await sync.run('start');
    expect([...driver.table.keys()]).toEqual([SENTINEL]);
  });

  test('its absence shows that the table was lost, however little it held and whatever is there since', async () => {
    const { sync, want, driver, table } = stage({}, { sentinel: true });
    want(1);
    await sync.run('start');
    driver.table.clear();
    want(2);
    driver.table.set(ip(2), Number.POSITIVE_INFINITY);
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied' });
    expect(sync.status().loss).toEqual({ at: START, entries: 2 });
    expect(table()).toEqual([ip(1), ip(2)]);
    expect(driver.table.has(SENTINEL)).toBe(true);
  });

  test('before it was confirmed nothing was lost', async () => {
    const { sync, driver, want } = stage({}, { sentinel: true });
    driver.loses = true;
    want(1);
    await sync.run('start');
    await sync.run('schedule');
    expect(sync.status().loss).toBeUndefined();
  });

  test('a lost table is filled although the writes of the day are spent', async () => {
    const { sync, want, driver, table } = stage(
      { writeBudget: { burst: 1, refillMs: HOUR } },
      { sentinel: true },
    );
    want(1);
    await sync.run('start');
    driver.table.clear();
    await sync.run('schedule');
    expect(table()).toEqual([ip(1)]);
  });
});
