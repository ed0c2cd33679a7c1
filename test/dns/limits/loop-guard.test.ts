import { describe, expect, test } from 'vitest';
import { type DomainName, formatDomainName, parseDomainName } from '../../../src/base/domain-name.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { createLoopGuard, type Loop } from '../../../src/dns/limits/loop-guard.ts';
import type { UpstreamPort } from '../../../src/dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../../../src/dns/upstream/upstream.ts';
import { TYPE } from '../../../src/dns/wire/constants.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/settle.ts';

const ROUTER = parseIpAddress('192.0.2.1');
const STRANGER = parseIpAddress('192.0.2.99');
const question = {
  name: parseDomainName('www.example.org'),
  type: TYPE.A,
  class: 1,
  dnssecOk: false,
  checkingDisabled: false,
};

/** An upstream that asks us what it is asked, from an address of its own. */
function looping(from: string) {
  const clock = manualClock();
  const found: Loop[] = [];
  const guard = createLoopGuard({
    clock,
    upstreams: new Map([[ROUTER, 'udp://192.0.2.1:53']]),
    onLoop: (loop) => found.push(loop),
  });
  const asked: DomainName[] = [];
  const upstream: UpstreamPort = {
    async resolve(put) {
      asked.push(put.name);
      await settle(1);
      const isOurs = guard.isOurs(put, parseIpAddress(from), from !== STRANGER);
      if (!isOurs) await settle(3);
      throw new UpstreamFailure('servfail', isOurs ? 'looped' : 'never answered');
    },
  };
  const ask = () =>
    guard
      .watch(upstream)
      ?.resolve(question, 5000)
      .catch((error: Error) => error.message);
  return { guard, clock, found, asked, ask };
}

describe('an upstream that forwards to us', () => {
  test.each([
    ['from its own address', ROUTER, 'udp://192.0.2.1:53'],
    ['by way of a host of no group', STRANGER, undefined],
  ])('%s is proven by a name nobody else knows, and then answered at once', async (_, from, upstream) => {
    const { guard, found, asked, ask } = looping(from);
    expect(await ask()).toBe('never answered');
    await settle();
    expect(asked).toHaveLength(2);
    const token = formatDomainName(asked[1] ?? question.name);
    expect(token).toMatch(/^sallyport-[0-9a-f]{24}\.www\.example\.org$/);
    expect(found).toEqual([{ client: from, upstream, lastAt: 0 }]);
    expect(await ask()).toBe('looped');
    expect(found).toHaveLength(1);
    expect(guard.report()).toHaveLength(1);
  });

  test('is forgotten when nothing came back for ten minutes', async () => {
    const { guard, clock, ask } = looping(ROUTER);
    await ask();
    await settle();
    clock.advance(600_000);
    expect(guard.report()).toEqual([]);
  });
});

test('a client that asks what another asked is no loop, and neither is a resend', async () => {
  const { guard, found, asked } = looping(ROUTER);
  const silent: UpstreamPort = {
    resolve: ({ name }) => {
      asked.push(name);
      return new Promise(() => undefined);
    },
  };
  void guard.watch(silent)?.resolve(question, 5000);
  expect(guard.isOurs(question, parseIpAddress('192.0.2.5'), true)).toBe(false);
  expect(asked).toHaveLength(1);
  // The router itself may be a client: it is tested once, and what it asks is answered.
  for (let i = 0; i < 5; i++) expect(guard.isOurs(question, ROUTER, true)).toBe(false);
  expect(asked).toHaveLength(2);
  expect(found).toEqual([]);
});

test('made-up strangers cannot make us ask more than one name every five seconds', () => {
  const { guard, asked, clock } = looping(ROUTER);
  const silent: UpstreamPort = {
    resolve: ({ name }) => {
      asked.push(name);
      return new Promise(() => undefined);
    },
  };
  void guard.watch(silent)?.resolve(question, 5000);
  for (let i = 0; i < 250; i++) guard.isOurs(question, parseIpAddress(`198.51.100.${i}`), false);
  expect(asked).toHaveLength(2);
  clock.advance(5000);
  for (let i = 0; i < 250; i++) guard.isOurs(question, parseIpAddress(`198.51.100.${i}`), false);
  expect(asked).toHaveLength(3);
});

test('a question that is not under way is never ours', () => {
  const { guard, asked } = looping(ROUTER);
  expect(guard.isOurs(question, ROUTER, true)).toBe(false);
  expect(guard.isOurs(question, STRANGER, false)).toBe(false);
  expect(asked).toEqual([]);
});

test('the longest name is tested all the same', async () => {
  const { guard, asked } = looping(ROUTER);
  const name = parseDomainName(`${`${'a'.repeat(62)}.`.repeat(3)}${'b'.repeat(61)}`);
  const silent: UpstreamPort = {
    resolve: (put) => {
      asked.push(put.name);
      return new Promise(() => undefined);
    },
  };
  void guard.watch(silent)?.resolve({ ...question, name }, 5000);
  guard.isOurs({ name, type: TYPE.A }, ROUTER, true);
  expect(asked.map((one) => one.length <= 255)).toEqual([true, true]);
});
