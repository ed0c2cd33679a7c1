/** What is opened without a name, from the database to the firewall's table. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { feeds as feedsSchema } from '../../src/config/schema/feeds.ts';
import { replaceFeedEntries } from '../../src/store/feeds.ts';
import { addGroup, removeGroup } from '../../src/store/groups.ts';
import { addPin, endPin } from '../../src/store/pins.ts';
import { tempDir } from '../store/temp.ts';
import { HOUR, ip, NOON, prefix } from '../store/world.ts';
import { until } from '../support/settle.ts';
import { house } from './house.ts';

test('an address opened by hand is on the firewall until its end, and closed without waiting for the tick', async () => {
  const { control, db, groupId, table, leases, pass } = await house();
  const pin = (address: string, until?: number) =>
    addPin(db, {
      groupId,
      prefix: prefix(address),
      ports: [],
      note: 'push',
      until,
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
  const stays = pin('198.51.100.7');
  pin('198.51.100.8', NOON + HOUR);
  await control.policy.reload();
  control.sync.nudge();
  await pass(1000);
  expect(table()).toEqual(['198.51.100.7', '198.51.100.8']);
  expect(leases()).toMatchObject([
    { address: '198.51.100.7', cause: 'pin', name: 'push', until: Number.POSITIVE_INFINITY },
    { address: '198.51.100.8', cause: 'pin', until: NOON + HOUR },
  ]);

  await pass(HOUR, 60_000);
  expect(table()).toEqual(['198.51.100.7']);

  endPin(db, stays.id, { at: NOON + HOUR, by: 'anna' });
  await control.policy.reload();
  control.sync.nudge();
  await pass(1000);
  expect(table()).toEqual([]);
});

test('what a group had open goes with the group, by hand as well', async () => {
  const { control, db, groupId, table, pass } = await house();
  const { id: gone } = addGroup(db, { name: 'tv', clients: [], origin: 'person', createdAt: NOON });
  const pin = (group: number, address: string) =>
    addPin(db, {
      groupId: group,
      prefix: prefix(address),
      ports: [],
      note: '',
      until: undefined,
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
  pin(groupId, '198.51.100.7');
  for (const n of [8, 9]) pin(gone, `198.51.100.${n}`);
  replaceFeedEntries(db, { feed: 'push', groupIds: [gone], addresses: [ip('203.0.113.1')], at: NOON });
  await control.policy.reload();
  control.sync.nudge();
  await pass(1000);
  expect(table()).toEqual(['198.51.100.7', '198.51.100.8', '198.51.100.9', '203.0.113.1']);

  removeGroup(db, gone, { at: NOON, by: 'anna' });
  await control.policy.reload();
  control.sync.nudge();
  await pass(1000);
  expect(table()).toEqual(['198.51.100.7']);
});

test('what a feed names is on the firewall until it is named no more; a feed that fails closes nothing and is said', async () => {
  const path = join(tempDir(), 'list.txt');
  writeFileSync(path, '198.51.100.7\n198.51.100.8 # spare\n192.168.1.1');
  const feeds = feedsSchema.parse([{ name: 'push', groups: ['plex'], file: path }]);
  const { control, table, leases, pass } = await house({ feeds });
  const shows = async (what: string, ...addresses: string[]) => {
    await pass(1000);
    await until(what, () => table().join() === addresses.join());
  };
  await control.feeds.refresh('push');
  await shows('the list is open', '198.51.100.7', '198.51.100.8');
  expect(leases()).toMatchObject([
    { cause: 'feed', name: 'push' },
    { cause: 'feed', name: 'push' },
  ]);

  writeFileSync(path, '198.51.100.8');
  await control.feeds.refresh('push');
  await shows('the first is closed', '198.51.100.8');

  writeFileSync(path, '<html>gone');
  await control.feeds.refresh('push');
  await pass(5000);
  expect(table()).toEqual(['198.51.100.8']);
  expect(control.status.read().warnings).toContainEqual(
    expect.stringMatching(/^Feed push keeps its last good list\. what came is a web page/),
  );
});

test('a list is open for a group that is made after the start, whether it is fetched or written down', async () => {
  const path = join(tempDir(), 'list.txt');
  writeFileSync(path, '198.51.100.8');
  const feeds = feedsSchema.parse([
    { name: 'written', groups: ['tv'], addresses: ['198.51.100.7'] },
    { name: 'fetched', groups: ['tv'], file: path },
    { name: 'shared', groups: ['plex', 'tv'], file: path },
  ]);
  const { control, db, leases, pass } = await house({ feeds });
  const open = () =>
    leases()
      .map(({ group, name, address }) => `${group} ${name} ${address}`)
      .sort();
  for (const { name } of feeds) await control.feeds.refresh(name);
  expect(open()).toEqual(['plex shared 198.51.100.8']);

  const { id } = addGroup(db, { name: 'tv', clients: [], origin: 'person', createdAt: NOON });
  await control.policy.reload();
  const all = [
    'plex shared 198.51.100.8',
    'tv fetched 198.51.100.8',
    'tv shared 198.51.100.8',
    'tv written 198.51.100.7',
  ];
  await pass(1000);
  await until('all lists are open', () => open().length === all.length);
  expect(open()).toEqual(all);

  removeGroup(db, id, { at: NOON, by: 'anna' });
  await control.policy.reload();
  expect(open()).toEqual(['plex shared 198.51.100.8']);
});
