import { expect, test } from 'vitest';
import { createReadiness } from '../../src/control/readiness.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

function stage() {
  const clock = manualClock();
  const now = { listening: false, everyFirewallLookedAt: false };
  const readiness = createReadiness(clock, {
    listening: () => now.listening,
    everyFirewallLookedAt: () => now.everyFirewallLookedAt,
  });
  const reached: string[] = [];
  void readiness.listening.then(() => reached.push('listening'));
  void readiness.answering.then(() => reached.push('answering'));
  return { clock, now, readiness, reached };
}

test('names are answered once the data plane listens and every firewall was looked at', async () => {
  const { now, readiness, reached } = stage();
  now.everyFirewallLookedAt = true;
  readiness.look();
  await settle();
  expect(reached).toEqual([]);
  now.listening = true;
  readiness.look();
  await settle();
  expect(reached).toEqual(['listening', 'answering']);
});

test('a firewall that says nothing keeps nobody from the page for long', async () => {
  const { clock, now, readiness, reached } = stage();
  now.listening = true;
  readiness.look();
  clock.advance(1_499);
  await settle();
  expect(reached).toEqual(['listening']);
  clock.advance(1);
  await settle();
  expect(reached).toEqual(['listening', 'answering']);
});
