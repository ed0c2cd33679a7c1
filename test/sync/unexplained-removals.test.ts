/** What the status counts of P5, with a guard that holds nothing. */
import { expect, test, vi } from 'vitest';
import type { AliasChanges } from '../../src/firewall/driver.ts';
import { guardChanges } from '../../src/sync/guard.ts';
import { stage } from './stage.ts';

vi.mock('../../src/sync/guard.ts', { spy: true });

/** Four addresses are known, and there; then nobody here knows three of them any more. */
async function forgetful() {
  const made = stage();
  made.want(1, 2, 3, 4);
  await made.sync.run('start');
  for (const n of [2, 3, 4]) made.forget(n);
  return made;
}

test('what the guard holds is not removed, and is none of it', async () => {
  const { sync } = await forgetful();
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'held' });
  expect(sync.status()).toMatchObject({ unexplainedRemovals: 0 });
  sync.release();
  await sync.run('person');
  expect(sync.held.size).toBe(1);
  expect(sync.status()).toMatchObject({ unexplainedRemovals: 0 });
});

test('what goes for no reason that is known is counted', async () => {
  const { sync, end } = await forgetful();
  end(2);
  vi.mocked(guardChanges).mockImplementation((changes: AliasChanges) => ({ kind: 'ok', changes }));
  await sync.run('schedule');
  expect(sync.held.size).toBe(1);
  expect(sync.status()).toMatchObject({ unexplainedRemovals: 2 });
});
