import { expect, test } from 'vitest';
import { startHeartbeat } from '../../src/control/heartbeat.ts';
import { readHeartbeat } from '../../src/store/heartbeat.ts';
import { mainDb } from '../store/temp.ts';
import { NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';

const SECOND = 1000;

function beating() {
  const db = mainDb();
  const clock = manualClock(NOON);
  const disk = { isFull: false };
  const host = { bootId: () => 'boot', uptimeMs: () => clock.now() - NOON };
  const { close } = startHeartbeat(db, clock, host, (_, write) => {
    if (!disk.isFull) write();
    return !disk.isFull;
  });
  clock.advance(0);
  return { clock, disk, close, lastAt: () => (readHeartbeat(db)?.wallMs ?? 0) - NOON };
}

test('a sign of life is written at the start and every 20 seconds', () => {
  const { clock, lastAt, close } = beating();
  expect(lastAt()).toBe(0);
  clock.advance(19 * SECOND);
  expect(lastAt()).toBe(0);
  clock.advance(SECOND);
  expect(lastAt()).toBe(20 * SECOND);
  close();
  clock.advance(60 * SECOND);
  expect(lastAt()).toBe(20 * SECOND);
});

test('what cannot be written is tried again every 5 seconds: it saves what a full disk kept in memory', () => {
  const { clock, disk, lastAt } = beating();
  disk.isFull = true;
  clock.advance(21 * SECOND);
  disk.isFull = false;
  clock.advance(4 * SECOND);
  expect(lastAt()).toBe(25 * SECOND);
});
