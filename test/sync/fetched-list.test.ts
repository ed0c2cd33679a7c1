/** A firewall that fetches its list: what the sync makes of it. */
import { expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { fetchableList } from '../../src/control/fetchable-list.ts';
import { createFeedDriver } from '../../src/firewall/feed/driver.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';
import { ip, START, stage } from './stage.ts';

function box(options: { readonly sentinel?: boolean } = {}) {
  const clock = manualClock(START);
  const driver = createFeedDriver({ sources: [parsePrefix('192.168.1.1')], clock });
  const on = stage({}, { ...options, driver, clock });
  const list = fetchableList({
    spec: { name: 'edge', alias: 'plex' },
    served: driver.served,
    sync: on.sync,
    token: 'secret',
    remember: () => undefined,
  });
  /** As the route does it. */
  const fetch = async () => {
    const given = list.addresses();
    if (given === undefined) return undefined;
    list.noteFetch(given, ip(1), 'pfSense/2.8.1');
    await settle();
    return [...given].sort();
  };
  return { ...on, driver, list, fetch };
}

test('the list is not given before it is whole, however much there is to open', async () => {
  const { sync, want, list } = box();
  const many = Array.from({ length: 200 }, (_, n) => n);
  want(...many);
  expect(list.addresses()).toBeUndefined();
  const run = sync.run('start');
  expect(list.addresses()).toBeUndefined();
  await run;
  expect(list.addresses()?.size).toBe(200);
});

test('a list that is empty by right is given', async () => {
  const { sync, list } = box();
  await sync.run('start');
  expect(list.addresses()?.size).toBe(0);
  expect(sync.status().state).toBe('up');
});

test('an address is held from the fetch that contained it, and the state says what waits', async () => {
  const { sync, want, end, fetch } = box();
  want(1, 2);
  expect(await sync.run('start')).toMatchObject({ outcome: 'applied' });
  expect([...sync.held.keys()]).toEqual([]);
  expect(sync.canConfirm).toBe(false);
  expect(sync.status()).toMatchObject({
    state: 'behind',
    lastError: '2 addresses are in the list, and not open before the firewall fetches it',
    retryAt: undefined,
  });
  expect(await fetch()).toEqual([ip(1), ip(2)]);
  expect([...sync.held.keys()].sort()).toEqual([ip(1), ip(2)]);
  expect(sync.status()).toMatchObject({ state: 'up', lastError: undefined });

  want(3);
  end(1);
  await sync.run('schedule');
  expect([...sync.held.keys()]).toEqual([ip(2)]);
  expect(sync.status().lastError).toBe(
    '1 address is in the list, and not open before the firewall fetches it; 1 address is taken from the list, and open until the firewall fetches it',
  );
  expect(await fetch()).toEqual([ip(2), ip(3)]);
  expect(sync.status().state).toBe('up');
});

test('nothing is written again while nobody fetches', async () => {
  const { sync, want, runs } = box();
  want(1);
  await sync.run('start');
  for (let n = 0; n < 3; n++) await sync.run('schedule');
  expect(runs.map(({ outcome }) => outcome)).toEqual(['applied', 'unchanged', 'unchanged', 'unchanged']);
});

test('what a ledger forgets stays in the list until a person lets it go', async () => {
  const { sync, want, forget, list } = box();
  want(1, 2, 3, 4, 5);
  await sync.run('start');
  forget(1, 2, 3, 4, 5);
  await sync.run('schedule');
  expect(list.addresses()?.size).toBe(5);
  expect(sync.status().heldPlan?.removals.length).toBe(5);
});
