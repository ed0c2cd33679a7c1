import { expect, test } from 'vitest';
import { lastLearning } from '../../src/control/learning.ts';
import { appendAudit } from '../../src/store/audit.ts';
import type { MainDb } from '../../src/store/open.ts';
import { mainDb } from '../store/temp.ts';
import { group, HOUR, MINUTE, NOON } from '../store/world.ts';

/** What people decided about the group, as their actions write it down. */
function decided(db: MainDb, at: number, action: string, after: { [key: string]: string | number | null }) {
  const before = 'mode' in after ? { mode: after['mode'] === 'learn' ? 'enforce' : 'learn' } : {};
  appendAudit(db, { at, actor: 'anna', action, subject: 'plex', before, after });
}

test('at a start the audit says when a group has learnt, and which pauses have interrupted it', () => {
  const db = mainDb();
  const { id } = group(db, 'plex', '192.168.20.5');
  decided(db, NOON, 'group.mode', { mode: 'learn' });
  decided(db, NOON + HOUR, 'group.pause', { pausedUntil: NOON + HOUR + 5 * MINUTE });
  decided(db, NOON + 2 * HOUR, 'group.pause', { pausedUntil: NOON + 9 * HOUR });
  decided(db, NOON + 2 * HOUR + MINUTE, 'group.resume', { pausedUntil: null });
  decided(db, NOON + 3 * HOUR, 'group.mode', { mode: 'enforce' });
  expect(lastLearning(db, id, NOON + 3 * HOUR)).toEqual({
    from: NOON,
    until: NOON + 3 * HOUR,
    pauses: [
      { from: NOON + HOUR, until: NOON + HOUR + 5 * MINUTE },
      { from: NOON + 2 * HOUR, until: NOON + 2 * HOUR + MINUTE },
    ],
  });
});

test('a group that nobody has decided about learns from its first day on', () => {
  const db = mainDb();
  const { id } = group(db, 'plex', '192.168.20.5');
  expect(lastLearning(db, id, NOON)).toEqual({ from: 0, until: undefined, pauses: [] });
});
