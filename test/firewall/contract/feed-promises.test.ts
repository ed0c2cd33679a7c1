/** What a firewall that fetches its list is left with: it replaces what it has by what it gets, and keeps it when it gets none. */
import { expect, test } from 'vitest';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../../src/base/ip-address.ts';
import { fetchableList, newListToken } from '../../../src/control/fetchable-list.ts';
import { rememberFetches } from '../../../src/control/list-memory.ts';
import { createFeedDriver } from '../../../src/firewall/feed/driver.ts';
import { ensureFirewall, ensureListToken } from '../../../src/store/firewalls.ts';
import type { MainDb } from '../../../src/store/open.ts';
import { mainDb } from '../../store/temp.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { ip, START, stage } from '../../sync/stage.ts';

/** Keeps its table where it is given none; the path it knows has the token of the first start. */
function firewall() {
  let table: readonly IpAddress[] = [];
  let path: string | undefined;
  return {
    table: () => table,
    fetch({ list }: ReturnType<typeof start>) {
      path ??= list.token.reveal();
      const given = path === list.token.reveal() ? list.addresses() : undefined;
      if (given === undefined) return 'nothing';
      table = [...given].sort();
      list.noteFetch(given, parseIpAddress('192.168.1.1'), 'pfSense/2.8.1');
      return 'list';
    },
  };
}

/** A start of ours over this database. */
function start(db: MainDb, known = true) {
  const clock = manualClock(START);
  const driver = createFeedDriver({ sources: [parsePrefix('192.168.1.1')], clock });
  const { id } = ensureFirewall(db, { name: 'edge', driver: 'feed', alias: 'plex' });
  const on = stage({}, { driver, clock, known });
  const { served } = driver;
  const attempt = (_: string, write: () => void) => {
    write();
    return true;
  };
  const list = fetchableList({
    spec: { name: 'edge', alias: 'plex' },
    served,
    sync: on.sync,
    token: ensureListToken(db, id, newListToken),
    remember: rememberFetches({ db, firewallId: id, served, attempt }),
  });
  return { ...on, list };
}

test('is given nothing before the first run, and keeps what it has', async () => {
  const [db, box] = [mainDb(), firewall()];
  const before = start(db);
  before.want(1, 2);
  await before.sync.run('start');
  expect(box.fetch(before)).toBe('list');

  const after = start(db);
  after.want(1, 2);
  expect(box.fetch(after)).toBe('nothing');
  expect(box.table()).toEqual([1, 2].map(ip));
  await after.sync.run('start');
  expect(box.fetch(after)).toBe('list');
  expect(box.table()).toEqual([1, 2].map(ip));
});

test('meets nobody after the database was lost, and keeps what it has until it is told the new path', async () => {
  const box = firewall();
  const before = start(mainDb());
  before.want(1, 2);
  await before.sync.run('start');
  box.fetch(before);

  const after = start(mainDb(), false);
  await after.sync.run('start');
  expect(box.fetch(after)).toBe('nothing');
  expect(box.table()).toEqual([1, 2].map(ip));
});

test('keeps what a large removal would take while that waits for a person, and loses it after', async () => {
  const [box, on] = [firewall(), start(mainDb())];
  on.want(1, 2, 3, 4, 5);
  await on.sync.run('start');
  box.fetch(on);
  on.forget(1, 2, 3, 4, 5);
  await on.sync.run('schedule');
  expect(box.fetch(on)).toBe('list');
  expect(box.table()).toHaveLength(5);
  expect([...on.sync.held.keys()]).toHaveLength(5);

  expect(on.sync.release()).toBe(true);
  await on.sync.run('person');
  box.fetch(on);
  expect(box.table()).toEqual([]);
});
