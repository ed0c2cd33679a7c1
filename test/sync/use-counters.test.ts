import { expect, test } from 'vitest';
import { UseCounters } from '../../src/sync/use-counters.ts';
import { ip, stage } from './stage.ts';

const counted = (packets: number | undefined) => new Map([[ip(1), packets === undefined ? {} : { packets }]]);

/** The counter as it was read each minute from 0 on. */
function reads(...packets: readonly (number | undefined)[]) {
  const uses = new UseCounters();
  for (const [minute, one] of packets.entries()) uses.see(counted(one), minute);
  return uses;
}

test.each([
  ['a counter that grew since', [0, 0, 5], 1, true],
  ['a counter that grew before', [0, 5, 5], 1, false],
  ['a counter that never grew', [7, 7, 7], 1, false],
  ['a counter that grew in a read after, be the packets older', [0, 0, 5, 5], 1, true],
  ['a counter that began anew and counted', [9, 9, 2], 1, true],
  ['a counter that began anew', [9, 9, 0], 1, false],
  ['a counter that grew since, and then began anew', [0, 5, 0], 0, true],
  ['no read since, and the last showed that it grew', [0, 5], 1, true],
  ['no read since, and the last showed none', [5, 5], 1, undefined],
  ['no read before', [5], -1, undefined],
  ['no counter', [undefined, undefined, undefined], 1, undefined],
] as const)('%s', (_, packets, since, used) => {
  expect(reads(...packets).usedSince(ip(1), since)).toBe(used);
});

test('an address that was not in the table is unknown', () => {
  expect(reads(1, 2).usedSince(ip(9), 0)).toBeUndefined();
});

test('the sync tells of the firewall’s reads', async () => {
  const { sync, want, driver, clock } = stage();
  want(1);
  await sync.run('start');
  driver.packets.set(ip(1), 3);
  await sync.run('schedule');
  const since = clock.now();
  clock.advance(60_000);
  await sync.run('schedule');
  expect(sync.usedSince(ip(1), since)).toBe(false);
  driver.packets.set(ip(1), 4);
  clock.advance(60_000);
  await sync.run('schedule');
  expect(sync.usedSince(ip(1), since)).toBe(true);
});
