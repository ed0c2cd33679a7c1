import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { startExaminations } from '../../src/control/examinations.ts';
import type { Driver, Finding } from '../../src/firewall/driver.ts';
import { MINUTE, NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

test('after the close nothing is looked at, though the last run asked for it', async () => {
  const { clock, examinations, looks } = await examined([]);
  expect(looks()).toBe(1);
  examinations.close();
  examinations.noteApplied({ wasEmpty: true });
  clock.advance(10 * MINUTE);
  await settle();
  expect(looks()).toBe(1);
});

describe('what was applied is a reason to look at the rules again', () => {
  const rule = (result: Finding['result']): Finding => ({ check: 'rule-uses-alias', result, detail: '' });
  const unreachable: Finding = { check: 'reachable', result: 'failed', detail: '' };
  test.each([
    ['where the alias was empty', rule('unknown'), { wasEmpty: true }, 2],
    ['not where it held something: nothing new can be seen', rule('unknown'), { wasEmpty: false }, 1],
    ['where the last look saw no rules', unreachable, { wasEmpty: false }, 2],
    ['not where it is known that a rule uses it', rule('ok'), { wasEmpty: true }, 1],
  ])('%s', async (_, finding, about, expected) => {
    const { clock, examinations, looks } = await examined([finding]);
    examinations.noteApplied(about);
    clock.advance(MINUTE);
    await settle();
    expect(looks()).toBe(expected);
  });
});

test('another result is told, the same one again is not', async () => {
  const found: Finding[] = [{ check: 'rule-uses-alias', result: 'unknown', detail: '' }];
  const { examinations, changes } = await examined(found);
  expect(changes()).toBe(1);
  await examinations.examine();
  expect(changes()).toBe(1);
  found.splice(0, 1, { check: 'rule-uses-alias', result: 'ok', detail: '' });
  await examinations.examine();
  expect(changes()).toBe(2);
});

test('what was found says when: a look that fails does not make it younger', async () => {
  let isAway = false;
  const clock = manualClock(NOON);
  const examinations = startExaminations({
    clock,
    log: silentLog(),
    driver: {
      async examine() {
        if (isAway) throw new Error('it is away');
        return [];
      },
    },
    inTurn: (work) => work(new AbortController().signal),
    onChange: () => undefined,
  });
  onTestFinished(() => examinations.close());
  expect(examinations.foundAt).toBeUndefined();
  await examinations.examine();
  isAway = true;
  clock.advance(MINUTE);
  await expect(examinations.examine()).rejects.toThrow('it is away');
  expect(examinations.foundAt).toBe(NOON);
});

/** After the first look, which found this. */
async function examined(findings: readonly Finding[]) {
  const clock = manualClock(NOON);
  let looks = 0;
  let changes = 0;
  const driver: Pick<Driver, 'examine'> = {
    async examine() {
      looks++;
      return [...findings];
    },
  };
  const examinations = startExaminations({
    clock,
    log: silentLog(),
    driver,
    inTurn: (work) => work(new AbortController().signal),
    onChange: () => changes++,
  });
  clock.advance(1);
  await settle();
  onTestFinished(() => examinations.close());
  return { clock, examinations, looks: () => looks, changes: () => changes };
}
