import { expect, test } from 'vitest';
import { settle } from '../support/settle.ts';
import { ip, stage } from './stage.ts';

test('without an acknowledgement in five seconds nothing is removed in this run; it is said, and tried again', async () => {
  const { sync, want, end, world, table, clock, warnings } = stage();
  want(1, 2);
  await sync.run('start');
  end(1);
  world.withdraw = () => new Promise(() => {});
  const run = sync.run('lease-end');
  await settle();
  clock.advance(4999);
  await settle();
  expect(sync.status().state).toBe('up');
  clock.advance(1);
  expect(await run).toMatchObject({ outcome: 'unchanged', changes: [] });
  expect(table()).toEqual([ip(1), ip(2)]);
  expect(sync.held.has(ip(1))).toBe(true);
  expect(warnings).toEqual([{ addresses: 1 }]);
  expect(sync.status()).toMatchObject({
    state: 'behind',
    lastError: 'a DNS worker did not acknowledge in time, so 1 removals are not made yet',
  });

  world.withdraw = async () => undefined;
  clock.advance(1000);
  await settle();
  expect(table()).toEqual([ip(2)]);
  expect(sync.status()).toMatchObject({ state: 'up', lastError: undefined });
});

test('what is to be opened in the same run is opened all the same', async () => {
  const { sync, want, end, world, table, clock } = stage();
  want(1);
  await sync.run('start');
  end(1);
  want(2);
  world.withdraw = () => new Promise(() => {});
  const run = sync.run('nudge');
  await settle();
  clock.advance(5000);
  expect(await run).toMatchObject({ outcome: 'applied', changes: [{ address: ip(2), confirmed: true }] });
  expect(table()).toEqual([ip(1), ip(2)]);
  expect(sync.status().state).toBe('behind');
});

test('a stop does not wait for the worker', async () => {
  const { sync, want, end, world, table } = stage();
  want(1, 2);
  await sync.run('start');
  end(1);
  world.withdraw = () => new Promise(() => {});
  void sync.run('lease-end');
  await settle();
  await sync.close();
  expect(table()).toEqual([ip(1), ip(2)]);
});
