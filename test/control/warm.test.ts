import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { DataLink } from '../../src/control/data-link.ts';
import { startWarming, WARM_FOR_MS, type WarmName, warmNames } from '../../src/control/warm.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { ResolveOutcome } from '../../src/plane/protocol.ts';
import { ip, MINUTE, NOON, name, SECOND } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

describe('a name is kept warm', () => {
  const warm = (rule: { action?: string; pattern?: string; warm?: string }, askedAt?: number) =>
    warmNames({
      groups: [{ id: 1, ipv6: true }],
      rules: [{ groupId: 1, action: 'allow', pattern: 'plex.tv', warm: 'auto', ...rule }],
      askedAt: () => askedAt,
      now: NOON,
    }).length === 1;

  test.each([
    ['when its rule says always', { warm: 'always' }, undefined, true],
    ['when it was asked within a week', {}, NOON - WARM_FOR_MS + 1, true],
    ['not when that is longer ago', {}, NOON - WARM_FOR_MS, false],
    ['not when it was never asked', {}, undefined, false],
    ['not when its rule says never', { warm: 'never' }, NOON, false],
    ['not when it stands for many', { pattern: '.plex.tv', warm: 'always' }, NOON, false],
    ['not when it is denied', { action: 'deny', warm: 'always' }, NOON, false],
  ])('%s', (_, rule, askedAt, expected) => {
    expect(warm(rule, askedAt)).toBe(expected);
  });
});

function stage(names: readonly WarmName[], outcome: ResolveOutcome = 'found') {
  const clock = manualClock(NOON);
  const ledger = new Ledger({ save: () => undefined, end: () => undefined });
  const asked: number[] = [];
  const world = { connected: true, outcome, waits: false };
  const link = {
    get connected() {
      return world.connected;
    },
    resolve(question: { readonly qtype: number }) {
      asked.push(question.qtype);
      return world.waits ? new Promise(() => undefined) : Promise.resolve(world.outcome);
    },
  } as Partial<DataLink> as DataLink;
  const warming = startWarming({ clock, log: silentLog(), ledger, link, names: () => names });
  onTestFinished(() => warming.close());
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= SECOND) {
      clock.advance(SECOND);
      await settle(1);
    }
  };
  return { asked, world, pass, ledger, warming };
}
const one = (n = 0, ipv6 = false): WarmName => ({ groupId: 1, name: name(`n${n}.example`), ipv6 });

test('both families are looked up, where the group has both', async () => {
  const { asked, pass } = stage([one(0, true), one(1)]);
  await pass(SECOND);
  expect(asked).toEqual([1, 28, 1]);
});

test('a name is looked up again before what was told of it ends', async () => {
  const { asked, pass, ledger } = stage([one()]);
  ledger.open(
    [
      {
        groupId: 1,
        name: one().name,
        address: ip('198.51.100.1'),
        ruleId: 1,
        cause: 'answer',
        toldUntil: NOON + 100 * SECOND,
        until: NOON + 1000 * SECOND,
      },
    ],
    NOON,
  );
  await pass(78 * SECOND);
  expect(asked).toHaveLength(1);
  await pass(14 * SECOND);
  expect(asked.length).toBeGreaterThanOrEqual(2);
});

test.each([
  ['fails', 'failed', 30 * SECOND],
  ['has nothing', 'gone', 10 * MINUTE],
] as const)('a name that %s is left alone for a while', async (_, outcome, again) => {
  const { asked, pass } = stage([one()], outcome);
  await pass(again - SECOND);
  expect(asked).toHaveLength(1);
  await pass(3 * SECOND);
  expect(asked).toHaveLength(2);
});

test('never more than four look-ups at once, and none while nobody could answer', async () => {
  const { asked, pass, world } = stage([0, 1, 2, 3, 4, 5].map((n) => one(n)));
  world.connected = false;
  world.waits = true;
  await pass(5 * SECOND);
  expect(asked).toEqual([]);
  world.connected = true;
  await pass(5 * SECOND);
  expect(asked).toHaveLength(4);
});
