import { expect, test, vi } from 'vitest';
import { createOpenings } from '../../src/control/openings.ts';
import { replaceFeedEntries } from '../../src/store/feeds.ts';
import { addGroup } from '../../src/store/groups.ts';
import { addPin, endPin } from '../../src/store/pins.ts';
import { mainDb } from '../store/temp.ts';
import { HOUR, ip, NOON, prefix } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

test('why addresses may go is read once for all of them, until something changes', () => {
  const db = mainDb();
  const clock = manualClock(NOON);
  const { id } = addGroup(db, { name: 'plex', clients: [], origin: 'person', createdAt: NOON });
  const groups = new Set([id]);
  const open = (address: string, until?: number) =>
    addPin(db, {
      groupId: id,
      prefix: prefix(address),
      ports: [],
      note: '',
      until,
      origin: 'person',
      createdAt: NOON,
      createdBy: 'anna',
    });
  const pin = open('198.51.100.1');
  open('198.51.100.2', NOON + HOUR);
  const list = (...addresses: string[]) =>
    replaceFeedEntries(db, { feed: 'cdn', groupIds: [id], addresses: addresses.map(ip), at: clock.now() });
  list('198.51.100.3', '198.51.100.4');
  const openings = createOpenings({ db, clock });
  const cause = (n: number) => openings.removalCause(ip(`198.51.100.${n}`), groups)?.cause;
  expect([1, 2, 3, 4].map(cause)).toEqual([undefined, undefined, undefined, undefined]);

  endPin(db, pin.id, { at: NOON, by: 'anna' });
  list('198.51.100.4');
  openings.changed();
  const reads = vi.spyOn(db, 'all');
  expect([1, 2, 3, 4].map(cause)).toEqual(['pin-ended', undefined, 'feed-ended', undefined]);
  for (let n = 5; n < 200; n++) expect(cause(n)).toBeUndefined();
  expect(reads.mock.calls.length).toBeLessThanOrEqual(4);

  // Ended by the clock, and nobody has written that down.
  clock.advance(HOUR);
  expect(cause(2)).toBe('pin-ended');
  clock.advance(72 * HOUR);
  expect([1, 2, 3].map(cause)).toEqual([undefined, undefined, undefined]);
  expect(openings.removalCause(ip('198.51.100.1'), new Set([id + 1]))).toBeUndefined();
});

test('what has ended may go, also by a clock that was set back since it began', () => {
  const db = mainDb();
  const { id } = addGroup(db, { name: 'plex', clients: [], origin: 'person', createdAt: NOON });
  const list = (at: number, ...addresses: string[]) =>
    replaceFeedEntries(db, { feed: 'cdn', groupIds: [id], addresses: addresses.map(ip), at });
  list(NOON, '198.51.100.1', '198.51.100.2');
  list(NOON - HOUR, '198.51.100.1');
  const pin = addPin(db, {
    groupId: id,
    prefix: prefix('198.51.100.3'),
    ports: [],
    note: '',
    until: undefined,
    origin: 'person',
    createdAt: NOON,
    createdBy: 'anna',
  });
  endPin(db, pin.id, { at: NOON, by: 'anna' });
  const openings = createOpenings({ db, clock: manualClock(NOON - HOUR) });
  const cause = (n: number) => openings.removalCause(ip(`198.51.100.${n}`), new Set([id]))?.cause;
  expect([1, 2, 3].map(cause)).toEqual([undefined, 'feed-ended', 'pin-ended']);
});
