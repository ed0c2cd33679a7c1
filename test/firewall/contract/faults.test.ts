/**
 * Every driver behind a real sync, every way its box goes wrong, one at a time:
 * the table is as desired, or the state says plainly why not; and no fault makes it shrink.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settle } from '../../support/settle.ts';
import { ip } from '../../sync/stage.ts';
import type { Box } from './boxes.ts';
import { faultTable } from './fault-table.ts';
import { FAULTS } from './faults.ts';
import { nftablesBox } from './local-boxes.ts';

const MINUTE = 60_000;
/** The tick of the schedule comes once a minute. */
const TURNS = 3;
/** Above the limit of one run. */
const HANGING_MS = 121_000;

async function turn({ clock, sync }: Box, hangs = false): Promise<void> {
  clock.advance(MINUTE);
  let isDone = false;
  const run = sync.run('schedule').finally(() => {
    isDone = true;
  });
  // It may come after one that was under way and hangs as well.
  while (hangs && !isDone) {
    clock.advance(HANGING_MS);
    await settle();
  }
  await run;
}

describe('while a box goes wrong, and after', () => {
  test.each(FAULTS)('$kind: $fault', async ({ make, says, hangs, noticedInMin = 0 }) => {
    const { box, begin, end } = await make();
    const { clock, sync, want, held, lost } = box;
    want(1, 2, 3);
    await sync.run('start');
    expect(held()).toEqual([1, 2, 3].map(ip));

    begin();
    want(4);
    box.end(1, 'revoked', true);
    for (let n = 0; n < TURNS; n++) await turn(box, hangs);
    if (says === undefined) {
      expect(held()).toEqual([2, 3, 4].map(ip));
      expect(sync.status()).toMatchObject({ state: 'up', lastError: undefined });
    } else {
      expect(sync.status().state).toMatch(/^(behind|down)$/);
      expect(sync.status().lastError).toMatch(says);
      expect(sync.held.has(ip(4))).toBe(false);
      // What it held stays told as long as it is there.
      const forgotten = [2, 3].map(ip).filter((one) => held().includes(one) && !sync.held.has(one));
      expect(forgotten).toEqual([]);
    }

    end();
    clock.advance(noticedInMin * MINUTE);
    for (let n = 0; n < TURNS; n++) await turn(box);
    expect(held()).toEqual([2, 3, 4].map(ip));
    expect([...sync.held.keys()].sort()).toEqual([2, 3, 4].map(ip));
    expect(sync.status()).toMatchObject({ state: 'up', lastError: undefined, heldPlan: undefined });
    expect(lost).toEqual([]);
  });
});

test('an address that is lost while another is opened is noticed', async () => {
  const { sync, want, lost, simulator } = await nftablesBox();
  want(1, 2);
  await sync.run('start');
  simulator.nft(`delete element ${simulator.table} plex_v4 { ${ip(1)} }`);
  want(3);
  sync.nudge('nudge', [ip(3)]);
  while (!sync.held.has(ip(3))) await new Promise(setImmediate);
  expect(lost).toEqual([ip(1)]);
});

test('docs/firewall-faults.md lists every one of them', () => {
  const page = readFileSync(new URL('../../../docs/firewall-faults.md', import.meta.url), 'utf8');
  expect(page).toContain(faultTable(FAULTS));
});
