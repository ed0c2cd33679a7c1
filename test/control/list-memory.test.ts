/** What a firewall fetched before a restart is still what it holds. */
import { expect, test } from 'vitest';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { rememberFetches } from '../../src/control/list-memory.ts';
import { createFeedDriver } from '../../src/firewall/feed/driver.ts';
import { ensureFirewall } from '../../src/store/firewalls.ts';
import { lastListFetch } from '../../src/store/list-fetches.ts';
import type { MainDb } from '../../src/store/open.ts';
import { adding, addresses, changes, signal } from '../contract/driver-contract.ts';
import { mainDb } from '../store/temp.ts';
import { MINUTE, NOON } from '../store/world.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';

const GATEWAY = parseIpAddress('192.168.1.1');

/** A start of the house over this database. */
function start(db: MainDb, clock: ManualClock, alias = 'plex') {
  const { id } = ensureFirewall(db, { name: 'edge', driver: 'feed', alias });
  const driver = createFeedDriver({ sources: [parsePrefix('192.168.1.1')], clock });
  const { served } = driver;
  const tries = { count: 0 };
  const remember = rememberFetches({
    db,
    firewallId: id,
    served,
    attempt(_, write) {
      tries.count++;
      write();
      return true;
    },
  });
  return {
    id,
    tries,
    served,
    open: (...texts: string[]) => driver.apply(changes({ add: adding(...texts) }), signal()),
    fetch() {
      served.noteFetch(served.addresses, GATEWAY, 'pfSense/2.8.1');
      remember(served.addresses);
    },
    held: async (): Promise<readonly IpAddress[]> =>
      [...(await driver.read(signal()))].filter(([, { fetched }]) => fetched).map(([address]) => address),
  };
}

test('what was fetched before a restart is held after it, and what is new is not', async () => {
  const [db, clock] = [mainDb(), manualClock(NOON)];
  const before = start(db, clock);
  await before.open('192.0.2.1', '192.0.2.2');
  before.fetch();
  clock.advance(MINUTE);
  const after = start(db, clock);
  await after.open('192.0.2.1', '192.0.2.2', '192.0.2.3');
  expect(await after.held()).toEqual(addresses('192.0.2.1', '192.0.2.2'));
  expect(after.served.lastFetch).toEqual({ at: NOON, source: GATEWAY, agent: 'pfSense' });
  after.fetch();
  expect((await after.held()).length).toBe(3);
});

test.each([
  ['after a quarter of an hour without a fetch', 16 * MINUTE, 'plex'],
  ['when the clock was set back', -MINUTE, 'plex'],
  ['when the list is another one now', MINUTE, 'other'],
])('%s nothing is believed', async (_, laterMs, alias) => {
  const db = mainDb();
  const before = start(db, manualClock(NOON));
  await before.open('192.0.2.1');
  before.fetch();
  const after = start(db, manualClock(NOON + laterMs), alias);
  await after.open('192.0.2.1');
  expect(await after.held()).toEqual([]);
  expect(after.served.lastFetch).toBeUndefined();
});

test('the same list fetched every minute is written down every five', async () => {
  const [db, clock] = [mainDb(), manualClock(NOON)];
  const { id, tries, open, fetch } = start(db, clock);
  await open('192.0.2.1');
  for (let minute = 0; minute <= 10; minute++) {
    fetch();
    clock.advance(MINUTE);
  }
  expect(tries.count).toBe(3);
  expect(lastListFetch(db, id)?.fetch.at).toBe(NOON + 10 * MINUTE);
  await open('192.0.2.2');
  fetch();
  expect(lastListFetch(db, id)?.addresses.size).toBe(2);
});
