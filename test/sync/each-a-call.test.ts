import { describe, expect, test } from 'vitest';

import { createTurns } from '../../src/sync/turns.ts';
import { settle } from '../support/settle.ts';
import { ip, stage } from './stage.ts';

const CALL_MS = 10;
const MANY = Array.from({ length: 250 }, (_, n) => n + 1);

/** A firewall that takes one address a call, and has lost 250. */
function lostAll(options: Parameters<typeof stage>[1] = {}) {
  const all = stage({ addsEach: true }, options);
  const { clock, driver, sync, want } = all;
  want(...MANY);
  driver.beforeEach = () => clock.advance(CALL_MS);
  /** Something happens when so many calls were made in the first portion. */
  const afterCalls = (calls: number, happens: () => void) => {
    driver.beforeEach = (made) => {
      clock.advance(CALL_MS);
      if (made === calls && driver.applied.length === 0) happens();
    };
  };
  const portions = () => driver.applied.map(({ add }) => add.length);
  const untilFilled = async () => {
    for (let run = 0; sync.status().state !== 'up' && run < 50; run++) {
      clock.advance(0);
      await settle();
    }
  };
  return { ...all, afterCalls, portions, untilFilled };
}

describe('where an address is a call, a portion of additions', () => {
  test('is all of them when nothing else is to be done', async () => {
    const { sync, portions, driver } = lostAll();
    await sync.run('start');
    expect(portions()).toEqual([250]);
    expect([driver.reads, sync.status().state]).toEqual([2, 'up']);
  });

  test('ends when an address is asked for, which is the first of the next', async () => {
    const { sync, portions, afterCalls, driver, want, untilFilled } = lostAll();
    afterCalls(99, () => {
      want(251);
      sync.nudge('nudge', [ip(251)]);
    });
    await sync.run('start');
    await settle();
    await untilFilled();
    expect(portions()).toEqual([100, 151]);
    expect(driver.applied[1]?.add[0]?.address).toBe(ip(251));
    // Once at the beginning, and after each portion.
    expect(driver.reads).toBe(3);
  });

  test('is never so short that looking takes as long as writing', async () => {
    const { sync, portions, afterCalls, untilFilled } = lostAll();
    afterCalls(3, () => sync.nudge('nudge', [ip(1)]));
    await sync.run('start');
    await settle();
    await untilFilled();
    expect(portions()).toEqual([50, 200]);
  });

  test('ends when somebody asks for a run', async () => {
    const { sync, portions, afterCalls } = lostAll();
    let second: Promise<unknown> | undefined;
    afterCalls(99, () => {
      second = sync.run('person');
    });
    await sync.run('start');
    await second;
    expect(portions()).toEqual([100, 150]);
  });

  test('ends when another alias of the box, or an examination, waits for its turn', async () => {
    const turns = createTurns();
    const { sync, portions, afterCalls } = lostAll({ turns });
    let seen: number | undefined;
    afterCalls(99, () => {
      void turns.take(async () => {
        seen = sync.held.size;
      });
    });
    await sync.run('start');
    await settle();
    expect(portions()[0]).toBe(100);
    expect(seen).toBe(100);
  });

  test('ends after a while, so that people see how far it is', async () => {
    const { sync, clock, driver, portions, untilFilled } = lostAll();
    driver.beforeEach = () => clock.advance(100);
    await sync.run('start');
    expect(sync.status()).toMatchObject({ state: 'behind', entries: 100 });
    await untilFilled();
    expect(portions()).toEqual([100, 100, 50]);
  });

  test('is not cut short by what it left over itself', async () => {
    const { sync, portions, afterCalls, untilFilled } = lostAll();
    afterCalls(49, () => sync.nudge('schedule'));
    await sync.run('start');
    await settle();
    await untilFilled();
    expect(portions()).toEqual([50, 200]);
  });

  test('that was not made to its end counts for what was made', async () => {
    const { sync, driver, afterCalls, table } = lostAll();
    driver.loses = true;
    afterCalls(99, () => sync.nudge('nudge', [ip(1)]));
    const run = await sync.run('start');
    expect(run).toMatchObject({ outcome: 'drift' });
    expect(run.changes).toHaveLength(100);
    driver.loses = false;
    await sync.run('person');
    expect(table()).toHaveLength(250);
  });
});

test('what is to be removed is removed after the additions', async () => {
  const { sync, driver, want, end, table } = stage({ addsEach: true });
  want(1, 2);
  await sync.run('start');
  end(1);
  want(3);
  await sync.run('lease-end');
  expect(table()).toEqual([ip(2), ip(3)]);
  expect(driver.applied.map(({ add, remove }) => [add.length, remove.length])).toEqual([
    [2, 0],
    [1, 0],
    [0, 1],
  ]);
});
