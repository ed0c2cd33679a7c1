import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { startExaminations } from '../../src/control/examinations.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { MINUTE, NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

test('after the close nothing is looked at, though the last run asked for it', async () => {
  const clock = manualClock(NOON);
  let looks = 0;
  const driver: Pick<Driver, 'examine'> = {
    async examine() {
      looks++;
      return [];
    },
  };
  const examinations = startExaminations({
    clock,
    log: silentLog(),
    driver,
    inTurn: (work) => work(new AbortController().signal),
  });
  clock.advance(1);
  await settle();
  expect(looks).toBe(1);
  examinations.close();
  examinations.lookSoon();
  clock.advance(10 * MINUTE);
  await settle();
  expect(looks).toBe(1);
});
