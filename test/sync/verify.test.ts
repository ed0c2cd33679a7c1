import { expect, test } from 'vitest';
import { settle } from '../support/settle.ts';
import { HOUR, ip, START, stage } from './stage.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const verifying = () => stage({}, { mode: 'verify' });

test('an alias that another one writes is read, and never written', async () => {
  const { sync, want, forget, driver, clock } = verifying();
  driver.table.set(ip(9), FOREVER);
  want(1, 2);
  driver.table.set(ip(1), FOREVER);
  expect(await sync.run('start')).toMatchObject({ outcome: 'unchanged', desired: 2, current: 2 });
  expect([...sync.held.keys()]).toEqual([ip(9), ip(1)]);
  expect(sync.status()).toMatchObject({
    state: 'behind',
    lastError: `its table lacks ${ip(2)} and still holds 1 that are closed (first: ${ip(9)}); another one has to write it`,
  });
  forget(1, 2);
  clock.advance(60_000);
  await settle();
  expect(driver.applied).toEqual([]);
});

test('what the other one brings is found within a moment', async () => {
  const { sync, want, driver, clock } = verifying();
  await sync.run('start');
  want(1);
  sync.nudge('nudge', [ip(1)]);
  await settle();
  expect(sync.status()).toMatchObject({ state: 'behind', retryAt: START + 250 });
  driver.table.set(ip(1), FOREVER);
  clock.advance(250);
  await settle();
  expect(sync.held.has(ip(1))).toBe(true);
  expect(sync.status()).toMatchObject({ state: 'up', retryAt: undefined });
});

test('behind for long, it is looked at less often, until something new is wanted', async () => {
  const { sync, want, driver, clock } = verifying();
  want(1);
  await sync.run('start');
  for (let i = 0; i < 300; i++) {
    clock.advance(1000);
    await settle(3);
  }
  const before = driver.reads;
  clock.advance(30_000);
  await settle();
  expect(driver.reads - before).toBeLessThanOrEqual(1);
  want(2);
  sync.nudge('nudge', [ip(2)]);
  await settle();
  expect(sync.status().retryAt).toBe(clock.now() + 250);
});

test('where nothing comes for ten seconds, no answer needs to wait; where something does, it may', async () => {
  const { sync, want, driver, clock } = verifying();
  want(1);
  await sync.run('start');
  await sync.run('schedule');
  expect(sync.canConfirm).toBe(true);
  clock.advance(10_000);
  await settle();
  expect(sync.canConfirm).toBe(false);
  want(2);
  driver.table.set(ip(1), FOREVER);
  await sync.run('nudge');
  expect(sync.canConfirm).toBe(true);
});

test('a firewall that has lost every write for ten seconds confirms nothing in time', async () => {
  const { sync, want, driver, clock } = stage();
  want(1);
  driver.loses = true;
  await sync.run('start');
  expect(sync.canConfirm).toBe(true);
  for (let i = 0; i < 12; i++) {
    clock.advance(1000);
    await settle();
  }
  expect(sync.canConfirm).toBe(false);
  driver.loses = false;
  await sync.run('nudge');
  expect(sync.canConfirm).toBe(true);
});

test('additions that the write budget puts off leave the firewall behind; removals that nobody waits for do not', async () => {
  const { sync, want, end, clock } = stage({ writeBudget: { burst: 1, refillMs: HOUR } });
  want(1, 2);
  await sync.run('nudge');
  end(1);
  await sync.run('lease-end');
  expect(sync.status().state).toBe('up');
  want(3);
  expect(await sync.run('nudge')).toMatchObject({ outcome: 'unchanged' });
  expect(sync.status()).toMatchObject({
    state: 'behind',
    lastError: '1 addresses wait for the next write this firewall may be asked for',
    retryAt: undefined,
  });
  clock.advance(HOUR);
  await settle();
  expect(sync.status().state).toBe('up');
});
