import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../src/base/ip-address.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { firstPortion } from '../../src/sync/portions.ts';
import type { SyncRun } from '../../src/sync/sync-run.ts';
import { settle } from '../support/settle.ts';
import { HOUR, ip, START, stage } from './stage.ts';
import { down } from './table-driver.ts';

test('a spent budget is known as soon as its last write is read back', async () => {
  const { sync, want, driver, world } = stage({ writeBudget: { burst: 1, refillMs: HOUR } });
  want(1);
  const seen: boolean[] = [];
  world.changed = () => void seen.push(sync.canConfirm);
  driver.duringApply = () => void seen.push(sync.canConfirm);
  await sync.run('nudge');
  expect(seen).toEqual([true, false]);
});

test('what is gone from the table is withdrawn before anything is written', async () => {
  const { sync, want, driver, world } = stage();
  want(1, 2);
  await sync.run('nudge');
  driver.table.delete(ip(1));
  let told: readonly IpAddress[] = [ip(1), ip(2)];
  world.changed = () => {
    told = [...sync.held.keys()];
  };
  driver.duringApply = () => expect(told).toEqual([ip(2)]);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied' });
  expect(told).toEqual([ip(2), ip(1)]);
});

test('what is desired is added, and confirmed only by the read after it', async () => {
  const { sync, want, table, driver } = stage();
  want(1, 2);
  driver.duringApply = () => expect([...sync.held.keys()]).toEqual([]);
  expect(await sync.run('nudge')).toMatchObject({
    outcome: 'applied',
    changes: [
      { address: ip(1), change: 'add', cause: 'answer', confirmed: true },
      { address: ip(2), change: 'add', cause: 'answer', confirmed: true },
    ],
  });
  expect(table()).toEqual([ip(1), ip(2)]);
  expect([...sync.held.keys()]).toEqual([ip(1), ip(2)]);
  expect(await sync.run('schedule')).toMatchObject({ outcome: 'unchanged', changes: [] });
});

describe('where new addresses can be opened by themselves', () => {
  const opening = async () => {
    const made = stage({ opens: true, expires: true });
    made.want(1);
    await made.sync.run('start');
    return made;
  };
  const ofNudges = async ({ sync }: ReturnType<typeof stage>) => {
    await settle();
    return sync.status().lastRun;
  };

  test('a nudge for them looks at nothing else', async () => {
    const made = await opening();
    const { sync, want, driver, clock } = made;
    const readsBefore = driver.reads;
    want(2, 3);
    sync.nudge('nudge', [ip(2), ip(3)]);
    expect(await ofNudges(made)).toMatchObject({
      outcome: 'applied',
      changes: [
        { address: ip(2), change: 'add', cause: 'answer', confirmed: true },
        { address: ip(3), change: 'add', cause: 'answer', confirmed: true },
      ],
    });
    expect(driver.opened).toEqual([[ip(2), ip(3)]]);
    expect(driver.reads).toBe(readsBefore);
    expect(sync.held.get(ip(2))).toBe(clock.now() + HOUR - 1000);
  });

  test('what comes together is opened together, and what comes meanwhile after it', async () => {
    const made = await opening();
    const { sync, want, driver, world } = made;
    world.changed = () => {
      world.changed = () => {};
      want(5);
      sync.nudge('nudge', [ip(5)]);
    };
    want(2, 3, 4);
    for (const n of [2, 3, 4]) sync.nudge('nudge', [ip(n)]);
    await ofNudges(made);
    expect(driver.opened).toEqual([[ip(2), ip(3), ip(4)], [ip(5)]]);
  });

  test('what is held for long enough, or wanted no more, is not touched', async () => {
    const made = await opening();
    const before = { reads: made.driver.reads, run: made.sync.status().lastRun };
    made.sync.nudge('nudge', [ip(1), ip(9)]);
    expect(await ofNudges(made)).toBe(before.run);
    expect(made.driver.reads).toBe(before.reads);
    expect(made.driver.opened).toEqual([]);
  });

  test('what is held as it is desired asks nothing of a firewall that cannot open, either', async () => {
    const { sync, want, driver } = stage({ expires: false });
    want(1);
    await sync.run('nudge');
    const readsBefore = driver.reads;
    sync.nudge('nudge', [ip(1)]);
    await settle();
    expect(driver.reads).toBe(readsBefore);
    want(2);
    sync.nudge('nudge', [ip(1), ip(2)]);
    await settle();
    expect(driver.reads).toBe(readsBefore + 2);
    expect(sync.held.has(ip(2))).toBe(true);
  });

  test('a renewal is compared with the table first', async () => {
    const made = await opening();
    const { sync, want, driver, clock } = made;
    clock.advance(HOUR / 2);
    want(1, 2);
    sync.nudge('nudge', [ip(1), ip(2)]);
    expect(await ofNudges(made)).toMatchObject({
      changes: [
        { address: ip(2), change: 'add' },
        { address: ip(1), change: 'renew' },
      ],
    });
    expect(driver.opened).toEqual([]);
  });

  test('any other nudge looks at the whole table', async () => {
    const made = await opening();
    const { sync, want, end, driver, table } = made;
    end(1);
    want(2);
    sync.nudge('nudge', [ip(2)]);
    sync.nudge('lease-end');
    await ofNudges(made);
    expect(driver.opened).toEqual([]);
    expect(table()).toEqual([ip(2)]);
  });

  test('what the firewall does not answer for is not held, and the table is read next', async () => {
    const made = await opening();
    const { sync, want, driver, clock, table } = made;
    want(2);
    driver.loses = true;
    sync.nudge('nudge', [ip(2)]);
    expect(await ofNudges(made)).toMatchObject({ outcome: 'drift', changes: [{ confirmed: false }] });
    expect(sync.held.has(ip(2))).toBe(false);
    driver.loses = false;
    clock.advance(1000);
    await ofNudges(made);
    expect(table()).toEqual([ip(1), ip(2)]);
  });

  test('more than one portion of a whole run is opened in this way', async () => {
    const made = stage({ opens: true, expires: true });
    made.want(...Array.from({ length: 120 }, (_, i) => i + 1));
    await made.sync.run('start');
    made.clock.advance(0);
    await ofNudges(made);
    expect(made.driver.opened.map((addresses) => addresses.length)).toEqual([70]);
    expect(made.table()).toHaveLength(120);
  });
});

test('a firewall that loses writes is behind: nothing is told, and it is tried again', async () => {
  const { sync, want, driver, clock } = stage();
  want(1);
  driver.loses = true;
  expect(await sync.run('nudge')).toMatchObject({ outcome: 'drift', changes: [{ confirmed: false }] });
  expect(sync.held.size).toBe(0);
  expect(sync.status()).toMatchObject({ state: 'behind', lastError: expect.stringContaining(ip(1)) });
  driver.loses = false;
  clock.advance(1000);
  await settle();
  expect(sync.status()).toMatchObject({ state: 'up', lastError: undefined });
  expect(sync.held.has(ip(1))).toBe(true);
});

describe('a removal has two phases', () => {
  test('the address is withdrawn and acknowledged before the firewall is told', async () => {
    const { sync, want, end, world, table } = stage();
    want(1, 2);
    await sync.run('nudge');
    end(1);
    let acknowledge = () => {};
    const withdrawn: IpAddress[] = [];
    world.withdraw = (addresses) => {
      withdrawn.push(...addresses);
      expect(sync.held.has(ip(1))).toBe(false);
      return new Promise((resolve) => {
        acknowledge = resolve;
      });
    };
    const run = sync.run('lease-end');
    await settle();
    expect(withdrawn).toEqual([ip(1)]);
    expect(table()).toEqual([ip(1), ip(2)]);
    acknowledge();
    expect(await run).toMatchObject({ changes: [{ address: ip(1), change: 'remove', cause: 'expired' }] });
    expect(table()).toEqual([ip(2)]);
  });

  test('an address leased anew during the withdrawal stays, and is held again without a write', async () => {
    const { sync, want, end, world, table, driver } = stage();
    want(1);
    await sync.run('nudge');
    end(1);
    world.withdraw = async () => want(1);
    expect(await sync.run('lease-end')).toMatchObject({ outcome: 'unchanged' });
    expect(table()).toEqual([ip(1)]);
    expect(sync.held.has(ip(1))).toBe(true);
    expect(driver.applied).toHaveLength(1);
  });
});

describe('runs', () => {
  test('nudges during a run share one later run, which adds what was asked meanwhile', async () => {
    const { sync, want, driver, runs, table } = stage();
    want(1);
    driver.duringApply = () => {
      want(2);
      sync.nudge('nudge');
      want(3);
      sync.nudge('nudge');
    };
    await sync.run('nudge');
    expect(table()).toEqual([ip(1)]);
    await settle();
    expect(table()).toEqual([ip(1), ip(2), ip(3)]);
    expect(runs).toHaveLength(2);
  });

  test('callers during a run get one that began after they asked', async () => {
    const { sync, want, driver } = stage();
    want(1);
    const later: Promise<SyncRun>[] = [];
    driver.duringApply = () => {
      want(2);
      later.push(sync.run('person'), sync.run('person'));
    };
    const first = await sync.run('nudge');
    const [second, third] = await Promise.all(later);
    expect(first.changes).toMatchObject([{ address: ip(1) }]);
    expect(second?.changes).toMatchObject([{ address: ip(2) }]);
    expect(third).toBe(second);
  });

  test('a dry run changes nothing, says what would be held, and never talks to the firewall beside a run', async () => {
    const { sync, want, end, forget, table } = stage();
    want(1, 2, 3);
    await sync.run('start');
    end(1);
    forget(2);
    want(4);
    const [plan, run] = await Promise.all([sync.dryRun(), sync.run('person')]);
    expect(plan).toMatchObject({
      changes: { add: [{ address: ip(4) }], remove: [ip(1), ip(2)] },
      held: expect.stringContaining('1 of 3'),
    });
    expect(run.outcome).toBe('held');
    expect(table()).toEqual([ip(2), ip(3), ip(4)]);
  });

  test('a run ended by our own stop is no failure of the firewall', async () => {
    const { sync, want, driver, runs } = stage();
    want(1);
    driver.duringApply = async () => {
      void sync.close();
      throw new Error('aborted');
    };
    await sync.run('nudge');
    expect(runs).toEqual([]);
  });

  test('nothing is asked of a firewall that was closed, though it was nudged before', async () => {
    const { sync, want, driver, runs } = stage();
    want(1);
    const run = sync.run('nudge');
    sync.nudge('lease-end');
    await Promise.all([run, sync.close()]);
    const { reads } = driver;
    const { length } = runs;
    sync.nudge('schedule');
    await settle();
    expect([driver.reads, runs.length]).toEqual([reads, length]);
  });
});

describe('a firewall that fails', () => {
  test('keeps what it was seen to hold, and is asked again after 1, 2, 4 ... 60 s', async () => {
    const { sync, want, driver, clock, runs } = stage();
    want(1);
    await sync.run('nudge');
    driver.fail = down();
    want(2);
    sync.nudge('nudge');
    await settle();
    expect(sync.status()).toMatchObject({ state: 'down', retryAt: START + 1000 });
    expect([...sync.held.keys()]).toEqual([ip(1)]);
    expect(sync.canConfirm).toBe(false);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const before = runs.length;
      clock.advance(seconds * 1000 - 1);
      await settle();
      expect(runs).toHaveLength(before);
      clock.advance(1);
      await settle();
      expect(runs).toHaveLength(before + 1);
    }
    driver.fail = undefined;
    clock.advance(60_000);
    await settle();
    expect(sync.status()).toMatchObject({ state: 'up', retryAt: undefined });
    expect(sync.held.size).toBe(2);
    expect(sync.canConfirm).toBe(true);
  });

  test('is asked again a little later than it asked for, as chance will have it, and never sooner', async () => {
    const { sync, driver, clock } = stage({}, { random: () => 0.5 });
    driver.fail = down(30_000);
    await sync.run('schedule');
    expect(sync.status().retryAt).toBe(clock.now() + 33_000);
  });

  test('is down when it has not answered in two minutes of our clock', async () => {
    const { sync, want, driver, clock } = stage();
    want(1);
    driver.read = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const run = sync.run('schedule');
    await settle();
    clock.advance(119_999);
    await settle();
    expect(sync.status().state).toBe('starting');
    clock.advance(1);
    expect(await run).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('120 s') });
    expect(sync.status().state).toBe('down');
  });

  test('is asked when it said it would be ready (Retry-After)', async () => {
    const { sync, driver } = stage();
    driver.fail = down(17_000);
    await sync.run('schedule');
    expect(sync.status().retryAt).toBe(START + 17_000);
  });

  test('that asks for no wait at all is left alone as long as one that asks for nothing', async () => {
    const { sync, driver, clock, runs } = stage();
    driver.fail = down(0);
    void sync.run('schedule');
    await settle();
    expect(sync.status().retryAt).toBe(clock.now() + 1000);
    for (const wait of [1000, 2000, 4000]) {
      clock.advance(wait - 1);
      await settle();
      const before = runs.length;
      clock.advance(1);
      await settle();
      expect(runs).toHaveLength(before + 1);
    }
  });

  test('is asked again after ten minutes, whatever it said: 31 years are a number gone wrong', async () => {
    const { sync, driver, clock, runs } = stage();
    driver.fail = down(999_999_999_000);
    await sync.run('schedule');
    driver.fail = undefined;
    clock.advance(10 * 60_000);
    await settle();
    expect(runs).toHaveLength(2);
    expect(sync.status().state).toBe('up');
  });

  test('is left alone by nudges until the back-off ends, those made during the failed run too; a person is heard at once', async () => {
    const { sync, want, driver, runs } = stage();
    driver.fail = down();
    const run = sync.run('nudge');
    sync.nudge('nudge');
    await run;
    sync.nudge('schedule');
    await settle();
    expect(runs).toHaveLength(1);
    want(1);
    driver.fail = undefined;
    expect(await sync.run('person')).toMatchObject({ outcome: 'applied' });
  });
});

describe('large removals', () => {
  const full = async () => {
    const made = stage();
    made.want(1, 2, 3, 4, 5, 6);
    await made.sync.run('nudge');
    return made;
  };

  test('an unexplained emptying waits for a person, while additions and explained removals go on', async () => {
    const { sync, forget, end, want, table } = await full();
    forget(1, 2, 3, 4, 5);
    end(6);
    want(7);
    expect(await sync.run('schedule')).toMatchObject({
      outcome: 'held',
      detail: expect.stringContaining('5 of 6'),
    });
    expect(table()).toEqual([1, 2, 3, 4, 5, 7].map(ip));
    expect(sync.status().heldPlan?.removals).toEqual([1, 2, 3, 4, 5].map(ip));
  });

  test('explained removals may empty the alias', async () => {
    const { sync, end, table } = await full();
    for (const n of [1, 2, 3, 4, 5, 6]) end(n);
    expect(await sync.run('lease-end')).toMatchObject({ outcome: 'applied' });
    expect(table()).toEqual([]);
  });

  test('released, they are made by the next run, and only those', async () => {
    const { sync, forget, table, runs } = await full();
    forget(1, 2, 3, 4, 5);
    await sync.run('schedule');
    expect(sync.release()).toBe(true);
    expect(await sync.run('person')).toMatchObject({ outcome: 'applied' });
    expect(table()).toEqual([ip(6)]);
    expect(sync.status().heldPlan).toBeUndefined();
    expect(sync.release()).toBe(false);
    expect(runs.at(-1)?.changes).toHaveLength(5);
  });

  test('released, they need another leave when they have been wanted since', async () => {
    const { sync, want, forget, table } = await full();
    forget(1, 2, 3, 4, 5);
    await sync.run('schedule');
    sync.release();
    await sync.run('person');
    want(1, 2, 3, 4, 5);
    await sync.run('nudge');
    forget(1, 2, 3, 4, 5);
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'held' });
    expect(table()).toHaveLength(6);
  });

  test('are held since they were first held', async () => {
    const { sync, forget, clock } = await full();
    forget(1, 2, 3, 4, 5);
    await sync.run('schedule');
    const since = clock.now();
    clock.advance(60_000);
    await sync.run('schedule');
    expect(sync.status().heldPlan?.at).toBe(since);
  });

  test('dropped, they are adopted', async () => {
    const { sync, forget, adopted, table } = await full();
    forget(1, 2, 3, 4, 5);
    await sync.run('schedule');
    expect(sync.drop()).toBe(true);
    expect(adopted).toEqual([1, 2, 3, 4, 5].map(ip));
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'unchanged' });
    expect(table()).toHaveLength(6);
    expect(sync.drop()).toBe(false);
  });
});

describe('what is in the alias and not from us', () => {
  test('is adopted at the first read of an alias', async () => {
    const { sync, driver, want, adopted, table } = stage({}, { known: false });
    for (const n of [1, 8, 9]) driver.table.set(ip(n), Number.POSITIVE_INFINITY);
    want(1);
    await sync.run('start');
    expect(adopted).toEqual([ip(8), ip(9), ip(1)]);
    expect(table()).toHaveLength(3);
  });

  test('is removed later on, until it came back three times: then it has another writer, which is said once', async () => {
    const { sync, driver, want, warnings, table } = stage();
    want(1);
    await sync.run('start');
    for (let removals = 0; removals < 3; removals++) {
      driver.table.set(ip(66), Number.POSITIVE_INFINITY);
      await sync.run('schedule');
      expect(table()).toEqual([ip(1)]);
    }
    driver.table.set(ip(66), Number.POSITIVE_INFINITY);
    await sync.run('schedule');
    await sync.run('schedule');
    expect(table()).toEqual([ip(1), ip(66)]);
    expect(warnings).toEqual([{ address: ip(66) }]);
  });

  test('is nobody’s matter in a dry run, and is removed again when it comes back after a day', async () => {
    const { sync, driver, want, warnings, table, clock } = stage();
    want(1);
    const writes = () => driver.table.set(ip(66), Number.POSITIVE_INFINITY);
    await sync.run('start');
    for (let removals = 0; removals < 3; removals++) {
      writes();
      await sync.run('schedule');
    }
    writes();
    await sync.dryRun();
    expect([warnings, sync.status().otherWriters]).toEqual([[], []]);
    await sync.run('schedule');
    expect([warnings.length, sync.status().otherWriters]).toEqual([1, [ip(66)]]);

    // Left alone it is not forgotten, however long it stays.
    for (let days = 0; days < 3; days++) {
      clock.advance(20 * HOUR);
      want(1);
      await sync.run('schedule');
      expect(table()).toEqual([ip(1), ip(66)]);
    }
    driver.table.delete(ip(66));
    await sync.run('schedule');
    clock.advance(25 * HOUR);
    want(1);
    await sync.run('schedule');
    writes();
    await sync.run('schedule');
    expect(table()).toEqual([ip(1)]);
  });

  test('is not taken for another writer because our own removals failed', async () => {
    const { sync, driver, want, warnings, table } = stage();
    want(1);
    await sync.run('start');
    driver.table.set(ip(66), Number.POSITIVE_INFINITY);
    driver.loses = true;
    for (let i = 0; i < 5; i++) await sync.run('schedule');
    driver.loses = false;
    await sync.run('schedule');
    expect(table()).toEqual([ip(1)]);
    expect(warnings).toEqual([]);
  });
});

describe('a firewall whose entries end by themselves', () => {
  test('is renewed when the lease outlives the entry, and tells when the entry ends', async () => {
    const { sync, want, driver, clock } = stage({ expires: true });
    want(1);
    await sync.run('nudge');
    expect(sync.held.get(ip(1))).toBe(START + HOUR - 1000);
    clock.advance(60_000);
    want(1);
    expect(await sync.run('nudge')).toMatchObject({ changes: [{ change: 'renew', confirmed: true }] });
    expect(driver.table.get(ip(1))).toBe(clock.now() + HOUR);
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'unchanged' });
  });

  test('that loses a renewal is behind', async () => {
    const { sync, want, driver, clock } = stage({ expires: true });
    want(1);
    await sync.run('nudge');
    clock.advance(60_000);
    want(1);
    driver.loses = true;
    expect(await sync.run('nudge')).toMatchObject({ outcome: 'drift', changes: [{ change: 'renew' }] });
    expect(sync.held.get(ip(1))).toBe(START + HOUR - 1000);
  });
});

describe('where every write is dear', () => {
  const MINUTE = 60_000;
  const dear = { writeBudget: { burst: 5, refillMs: MINUTE } };

  test('five writes at once, then one a minute', async () => {
    const { sync, want, clock, table } = stage(dear);
    for (const n of [1, 2, 3, 4, 5]) {
      want(n);
      await sync.run('nudge');
    }
    expect(sync.canConfirm).toBe(false);
    want(6);
    expect(await sync.run('nudge')).toMatchObject({ outcome: 'unchanged' });
    expect(table()).toHaveLength(5);
    clock.advance(MINUTE - 1);
    await settle();
    expect(table()).toHaveLength(5);
    clock.advance(1);
    await settle();
    expect(table()).toHaveLength(6);
    expect(sync.status().writesToday).toBe(6);
  });

  test('a removal nobody waits for goes with the next addition, or after twelve hours', async () => {
    const { sync, want, end, table, clock } = stage(dear);
    want(1, 2, 3);
    await sync.run('nudge');
    end(1);
    await sync.run('lease-end');
    expect(table()).toHaveLength(3);
    want(4);
    await sync.run('nudge');
    expect(table()).toEqual([2, 3, 4].map(ip));
    end(2);
    await sync.run('lease-end');
    clock.advance(720 * MINUTE - 1);
    await settle();
    expect(table()).toEqual([2, 3, 4].map(ip));
    clock.advance(1);
    await settle();
    expect(table()).toEqual([3, 4].map(ip));
  });

  test('an addition nobody waits for goes with one that somebody does, or twelve hours after the last', async () => {
    const { sync, want, wantSometime, table, clock } = stage(dear);
    want(1);
    await sync.run('nudge');
    wantSometime(2);
    expect(await sync.run('nudge')).toMatchObject({ outcome: 'unchanged' });
    want(3);
    await sync.run('nudge');
    expect(table()).toEqual([1, 2, 3].map(ip));
    wantSometime(4);
    await sync.run('nudge');
    clock.advance(720 * MINUTE - 1);
    await settle();
    expect(table()).toEqual([1, 2, 3].map(ip));
    clock.advance(1);
    await settle();
    expect(table()).toEqual([1, 2, 3, 4].map(ip));
    expect(sync.status().writesToday).toBe(3);
  });

  test('a removal that a person or the end of a temporary rule asks for is written now', async () => {
    const { sync, want, end, table } = stage(dear);
    want(1, 2);
    await sync.run('nudge');
    end(1, 'revoked', true);
    await sync.run('person');
    expect(table()).toEqual([ip(2)]);
  });

  test('what the firewall has lost, or is found without at the start, is waited for by whoever was told of it', async () => {
    const { sync, want, wantSometime, driver, table } = stage(dear);
    wantSometime(1, 2);
    await sync.run('start');
    expect(table()).toEqual([1, 2].map(ip));
    driver.table.delete(ip(2));
    want(1);
    expect(await sync.run('schedule')).toMatchObject({ outcome: 'applied' });
    expect(table()).toEqual([1, 2].map(ip));
  });

  test('writes are counted over a restart, and so is what the budget has left', async () => {
    const first = stage(dear);
    for (const n of [1, 2, 3, 4, 5]) {
      first.want(n);
      await first.sync.run('nudge');
    }
    const second = stage(dear, { lastWrites: first.runs.map((run) => run.finishedAt) });
    expect(second.sync.status().writesToday).toBe(5);
    second.want(6);
    expect(await second.sync.run('start')).toMatchObject({ outcome: 'unchanged' });
    second.clock.advance(MINUTE);
    await settle();
    expect(second.table()).toEqual([ip(6)]);
  });

  test('a run that failed before it wrote costs nothing', async () => {
    const { sync, want, driver } = stage({ ...dear, countsWrites: true });
    want(1);
    driver.duringApply = () => {
      throw down();
    };
    expect(await sync.run('nudge')).toMatchObject({ outcome: 'failed' });
    expect(sync.status().writesToday).toBe(0);
    await sync.run('person');
    expect(sync.status().writesToday).toBe(1);
  });

  test('a spent budget is waited for, not asked for again and again', async () => {
    const { sync, want, end, clock, driver } = stage({ writeBudget: { burst: 1, refillMs: 800 * MINUTE } });
    want(1, 2);
    await sync.run('nudge');
    end(1);
    await sync.run('lease-end');
    const before = driver.reads;
    clock.advance(799 * MINUTE);
    await settle();
    expect(driver.reads).toBe(before);
    clock.advance(MINUTE);
    await settle();
    expect(driver.table.has(ip(1))).toBe(false);
  });
});

describe('a firewall that cuts what is open', () => {
  test('cuts what a person closed, once it is seen to be gone, for its own hosts, and nothing else', async () => {
    const { sync, driver, want, end } = stage();
    const cut: unknown[] = [];
    Object.assign(driver, {
      killStates: async (...asked: unknown[]) => {
        cut.push(asked.slice(0, 2), [...driver.table.keys()]);
      },
    });
    want(1, 2);
    await sync.run('nudge');
    end(1, 'expired');
    await sync.run('lease-end');
    expect(cut).toEqual([]);
    end(2, 'revoked', true);
    await sync.run('person');
    expect(cut).toEqual([[[ip(2)], [expect.objectContaining({ family: 4 })]], []]);
  });

  test('and cannot: the run is as good as without, and the status says why', async () => {
    const { sync, driver, want, end } = stage();
    Object.assign(driver, { killStates: () => Promise.reject(down()) });
    want(1);
    await sync.run('nudge');
    end(1, 'rule-ended', true);
    expect(await sync.run('lease-end')).toMatchObject({ outcome: 'applied' });
    expect(sync.status()).toMatchObject({
      state: 'up',
      stateProblem: expect.stringMatching(/did not answer/),
    });
  });
});

test('a driver that reads no table never confirms', () => {
  expect(stage({ confirms: 'pull' }).sync.canConfirm).toBe(false);
});

test('much to add goes in portions, what was answered under a rule first', async () => {
  const { sync, clock, want, learn, driver, table } = stage();
  learn(...Array.from({ length: 120 }, (_, n) => n + 1));
  want(200);
  await sync.run('nudge');
  expect(table()).toHaveLength(50);
  expect(driver.table.has(ip(200))).toBe(true);
  clock.advance(0);
  await sync.run('nudge');
  await sync.run('nudge');
  expect(table()).toHaveLength(121);
});

test('what was just asked for goes before hundreds that wait, as after a reboot', async () => {
  const { sync, clock, want, driver } = stage();
  want(...Array.from({ length: 240 }, (_, n) => n + 1));
  await sync.run('start');
  expect(driver.applied[0]?.add).toHaveLength(50);
  want(250);
  sync.nudge('nudge', [ip(250)]);
  await settle();
  expect(driver.applied[1]?.add.map(({ address }) => address)).toContain(ip(250));
  clock.advance(0);
  await settle();
  expect(driver.table.size).toBeGreaterThan(100);
});

test('where more than hundreds wait the portions are larger', () => {
  const many = Array.from({ length: 600 }, (_, n) => ({
    address: parseIpAddress(`10.0.${n >> 8}.${n & 255}`),
    forMs: 1,
  }));
  const { changes, rest } = firstPortion({ add: many, renew: [], remove: [] }, new Map());
  expect([changes.add.length, rest.length]).toEqual([250, 350]);
});

describe('between two portions the table is read once', () => {
  const many = Array.from({ length: 120 }, (_, n) => n + 1);

  test('as the end of the one and the beginning of the other', async () => {
    const { sync, clock, want, driver } = stage();
    want(...many);
    await sync.run('start');
    for (let portion = 2; portion <= 3; portion++) {
      clock.advance(0);
      await settle();
    }
    expect(driver.applied.map(({ add }) => add.length)).toEqual([50, 50, 20]);
    expect(driver.reads).toBe(4);
    expect(sync.status().state).toBe('up');
  });

  test('unless somebody asks for a look', async () => {
    const { sync, want, driver } = stage();
    want(...many);
    await sync.run('start');
    driver.table.clear();
    await sync.run('person');
    expect([driver.reads, driver.table.size]).toEqual([4, 50]);
  });

  test('unless that was a while ago', async () => {
    const { sync, clock, want, driver } = stage();
    want(...many.slice(0, 60));
    await sync.run('start');
    clock.advance(60_000);
    await settle();
    expect([driver.reads, driver.table.size]).toEqual([4, 60]);
  });

  test('and again after one that failed', async () => {
    const { sync, clock, want, driver } = stage();
    want(...many);
    await sync.run('start');
    driver.duringApply = () => {
      throw down();
    };
    clock.advance(0);
    await settle();
    expect(sync.status().state).toBe('down');
    driver.table.clear();
    clock.advance(1000);
    await settle();
    expect(sync.status().loss).toMatchObject({ entries: 50 });
  });
});

test('what a person closes, or has said when to close, is closed although the write budget is spent', async () => {
  const { sync, want, end, table } = stage({ writeBudget: { burst: 1, refillMs: HOUR } });
  want(1, 2);
  await sync.run('nudge');
  end(1, 'expired', false);
  await sync.run('nudge');
  expect(table()).toEqual([ip(1), ip(2)]);
  end(2, 'rule-ended', true);
  await sync.run('nudge');
  expect(table()).toEqual([]);
});
