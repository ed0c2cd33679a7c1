import { describe, expect, onTestFinished, test } from 'vitest';
import { type DomainName, formatDomainName } from '../../src/base/domain-name.ts';
import { silentLog } from '../../src/base/log.ts';
import type { DataLink } from '../../src/control/data-link.ts';
import { startWarming, type WarmName, warmNames } from '../../src/control/warm.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { ResolveOutcome } from '../../src/plane/protocol.ts';
import { DAY, ip, MINUTE, NOON, name, SECOND } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

describe('a name may be kept warm', () => {
  type Asked = { groupId?: number; action?: string; pattern?: string; warm?: string };
  const warm = (rule: Asked, frugal = false) =>
    warmNames({
      groups: [{ id: 1, ipv6: true, frugal }],
      rules: [{ groupId: 1, action: 'allow', pattern: 'plex.tv', warm: 'auto', ...rule }],
    }).map(({ always }) => (always ? 'always' : 'when asked'));

  test.each([
    ['always, when its rule says so', { warm: 'always' }, ['always']],
    ['when it is asked', {}, ['when asked']],
    ['not when its rule says never', { warm: 'never' }, []],
    ['not when it stands for many', { pattern: '.plex.tv', warm: 'always' }, []],
    ['not when it is denied', { action: 'deny', warm: 'always' }, []],
    ['not in a group without a firewall', { groupId: 2 }, []],
  ])('%s', (_, rule, expected) => {
    expect(warm(rule)).toEqual(expected);
  });

  test('always, where its first address would cost a write of its own', () => {
    expect(warm({}, true)).toEqual(['always']);
    expect(warm({ warm: 'never' }, true)).toEqual([]);
  });
});

function stage(names: readonly WarmName[], outcome: ResolveOutcome = 'found') {
  const clock = manualClock(NOON);
  let timers = 0;
  const counted = {
    ...clock,
    after(ms: number, callback: () => void) {
      timers++;
      return clock.after(ms, callback);
    },
  };
  const ledger = new Ledger({ save: () => undefined, end: () => undefined });
  const asked: { readonly at: number; readonly name: DomainName; readonly qtype: number }[] = [];
  const world = { connected: true, outcome, waits: false, names, reads: 0 };
  const waiting: (() => void)[] = [];
  const failures: string[] = [];
  const link = {
    get connected() {
      return world.connected;
    },
    resolve({ qtype, name }: { readonly qtype: number; readonly name: DomainName }) {
      asked.push({ at: clock.now() - NOON, name, qtype });
      if (!world.waits) return Promise.resolve(world.outcome);
      return new Promise<ResolveOutcome>((resolve) => waiting.push(() => resolve(world.outcome)));
    },
  } as Partial<DataLink> as DataLink;
  const warming = startWarming({
    clock: counted,
    log: silentLog(),
    ledger,
    link,
    names() {
      world.reads++;
      return world.names;
    },
    random: () => 0.5,
    onFailed: (_, failed, family) => void failures.push(`${family} ${formatDomainName(failed)}`),
  });
  onTestFinished(() => warming.close());
  const pass = async (ms: number, stepMs = SECOND) => {
    for (let left = ms; left > 0; left -= stepMs) {
      clock.advance(Math.min(left, stepMs));
      await settle(2);
    }
  };
  return {
    asked,
    failures,
    world,
    pass,
    ledger,
    warming,
    timers: () => timers,
    answerOne: () => waiting.shift()?.(),
  };
}
const one = (n = 0, ipv6 = false, always = true): WarmName => ({
  groupId: 1,
  name: name(`n${n}.example`),
  ipv6,
  always,
});

test('both families are looked up, where the group has both', async () => {
  const { asked, pass } = stage([one(0, true), one(1)]);
  await pass(SECOND);
  expect(asked.map(({ qtype }) => qtype)).toEqual([1, 28, 1]);
});

test('a name is looked up again before what was told of it ends, and nobody looks at the clock meanwhile', async () => {
  const { asked, pass, ledger, timers, world } = stage([one()]);
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
  await settle();
  await pass(84 * SECOND);
  expect(asked).toHaveLength(1);
  expect(timers()).toBeLessThan(4);
  await pass(SECOND);
  expect(asked.map(({ at }) => at)).toEqual([0, 85 * SECOND]);
  expect(world.reads).toBe(1);
});

test.each([
  ['fails', 'failed', 30 * SECOND],
  ['has nothing', 'gone', 10 * MINUTE],
] as const)('a name that %s is left alone for a while', async (_, outcome, again) => {
  const { asked, pass } = stage([one()], outcome);
  await settle();
  await pass(again - SECOND);
  expect(asked).toHaveLength(1);
  await pass(SECOND);
  expect(asked).toHaveLength(2);
});

test('each look-up that fails is told, by name and family', async () => {
  const { pass, failures, world } = stage([one(0, true)]);
  await pass(10 * MINUTE);
  expect(failures).toEqual([]);
  world.outcome = 'failed';
  await pass(MINUTE);
  expect(new Set(failures)).toEqual(new Set(['4 n0.example', '6 n0.example']));
});

test('a name with short leases is looked up again before the upstream is asked whether they may end', async () => {
  const { asked, pass, ledger } = stage([one()]);
  const lease = { groupId: 1, name: one().name, ruleId: 1, cause: 'answer' } as const;
  const [first, second] = [ip('198.51.100.1'), ip('198.51.100.2')];
  const [toldUntil, until] = [NOON + 2 * SECOND, NOON + 6 * SECOND];
  // One that it names no more: that may end.
  ledger.open([{ ...lease, address: second, toldUntil, until: until - 2 * SECOND }], NOON);
  ledger.open([{ ...lease, address: first, toldUntil, until }], NOON);
  await settle();
  await pass(4 * SECOND, SECOND / 2);
  expect(asked.map(({ at }) => at)).toEqual([0, 3.5 * SECOND]);
});

test('never more than four look-ups at once, twenty a second, and the next begins when one ends', async () => {
  const { asked, pass, world, answerOne, warming } = stage([]);
  world.names = [0, 1, 2, 3, 4, 5].map((n) => one(n));
  world.waits = true;
  warming.policyChanged();
  await pass(10 * SECOND);
  expect(asked.map(({ at }) => at)).toEqual([0, 50, 100, 150]);
  answerOne();
  await settle();
  expect(asked.map(({ at }) => at).slice(4)).toEqual([10 * SECOND]);
});

test('none while nobody could answer, all once somebody can', async () => {
  const { asked, pass, world, warming } = stage([]);
  world.connected = false;
  world.names = [one(0), one(1), one(2)];
  warming.policyChanged();
  await pass(5 * SECOND);
  expect(asked).toEqual([]);
  world.connected = true;
  warming.look();
  await pass(SECOND);
  expect(asked).toHaveLength(3);
});

test('a name that nobody asked is looked up from its first question on, and for a week after the last', async () => {
  const { asked, pass, warming } = stage([one(0, false, false)], 'gone');
  await pass(HALF_AN_HOUR);
  expect(asked).toEqual([]);
  warming.asked([{ groupId: 1, name: one().name }]);
  await settle();
  expect(asked).toHaveLength(1);
  await pass(7 * DAY, 10 * MINUTE);
  const all = asked.length;
  expect(all).toBe((7 * DAY) / (10 * MINUTE));
  await pass(DAY, 10 * MINUTE);
  expect(asked).toHaveLength(all);
  warming.asked([{ groupId: 1, name: one().name }]);
  expect(asked).toHaveLength(all + 1);
});

test('a policy without the name ends it, also while it is being looked up', async () => {
  const { asked, pass, warming, world, answerOne } = stage([one(0), one(1)], 'failed');
  await pass(SECOND);
  world.waits = true;
  await pass(31 * SECOND);
  expect(asked).toHaveLength(4);
  world.names = [one(1)];
  warming.policyChanged();
  world.waits = false;
  answerOne();
  answerOne();
  await pass(MINUTE);
  expect(new Set(asked.slice(4).map(({ name }) => name))).toEqual(new Set([one(1).name]));
});

const HALF_AN_HOUR = 30 * MINUTE;
