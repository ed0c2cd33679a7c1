/** What is opened without a name, from the database to the firewall's table. */
import { expect, test } from 'vitest';
import { addPin, endPin } from '../../src/store/pins.ts';
import { HOUR, NOON, prefix } from '../store/world.ts';
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
