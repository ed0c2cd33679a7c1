import { expect, test } from 'vitest';
import { createResolver, type Resolver } from '../../../src/dns/upstream/failover.ts';
import {
  timedOut,
  type Upstream,
  UpstreamFailure,
  type UpstreamFailureKind,
  type UpstreamQuestion,
} from '../../../src/dns/upstream/upstream.ts';
import { CLASS, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import type { Response } from '../../../src/dns/wire/response.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { name } from '../wire/packets.ts';

const question: UpstreamQuestion = {
  name: name('example.org'),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
};

type Behaviour = number | 'silent' | 'malformed' | 'network';

/** An upstream that does what it was told last, and counts how often it was asked. */
interface Scripted extends Upstream {
  behaviour: Behaviour;
  asked: number;
}

function scripted(id: string, behaviour: Behaviour): Scripted {
  const upstream: Scripted = {
    id,
    behaviour,
    asked: 0,
    exchange(_, signal) {
      upstream.asked += 1;
      const now = upstream.behaviour;
      if (typeof now === 'number') return Promise.resolve(answer(now));
      if (now !== 'silent') return Promise.reject(new UpstreamFailure(now, `${now}: ${id}`));
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(timedOut(id)));
      });
    },
    close: () => undefined,
  };
  return upstream;
}

function answer(rcode: number): Response {
  return {
    rcode,
    authoritative: false,
    truncated: false,
    authenticData: false,
    edns: true,
    answers: [],
    authority: [],
  };
}

/** Lets everything that is ready happen, then moves the time to the next attempt. */
async function withTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  for (let i = 0; i < 20 && !isDone; i++) {
    await new Promise(setImmediate);
    if (!isDone) clock.advance(1500);
  }
  return done;
}

const failureKind = (
  resolver: Resolver,
  deadline: number,
  clock: ManualClock,
): Promise<UpstreamFailureKind> =>
  withTime(clock, resolver.resolve(question, deadline)).then(
    () => expect.fail('it was answered'),
    (error) => (error instanceof UpstreamFailure ? error.kind : Promise.reject(error)),
  );

test('the first upstream answers, and the second is not asked', async () => {
  const [one, two] = [scripted('one', RCODE.NOERROR), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock: manualClock() });
  expect(await resolver.resolve(question, 4500)).toMatchObject({ upstream: 'one', durationMs: 0 });
  expect(two.asked).toBe(0);
});

test.each([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.YXDOMAIN])('rcode %i is an answer', async (rcode) => {
  const [one, two] = [scripted('one', rcode), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock: manualClock() });
  expect((await resolver.resolve(question, 4500)).response.rcode).toBe(rcode);
  expect(resolver.health()[0]?.state).toBe('up');
});

test.each<[Behaviour, number]>([
  ['silent', 1500],
  ['network', 0],
  ['malformed', 0],
  [RCODE.SERVFAIL, 0],
  [RCODE.REFUSED, 0],
  [RCODE.NOTIMP, 0],
])('after %s the next upstream is asked, and the first goes behind it', async (behaviour, durationMs) => {
  const clock = manualClock();
  const [one, two] = [scripted('one', behaviour), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock });
  expect(await withTime(clock, resolver.resolve(question, 4500))).toMatchObject({
    upstream: 'two',
    durationMs,
  });
  expect(resolver.health()).toMatchObject([
    { id: 'one', state: 'down' },
    { id: 'two', state: 'up' },
  ]);

  expect((await resolver.resolve(question, clock.now() + 4500)).upstream).toBe('two');
  expect(one.asked).toBe(1);
});

test('a SERVFAIL all upstreams agree on is the trouble of the name, not theirs', async () => {
  const clock = manualClock();
  const upstreams = [scripted('one', RCODE.SERVFAIL), scripted('two', RCODE.SERVFAIL)];
  const resolver = createResolver({ upstreams, clock });
  expect(await failureKind(resolver, 4500, clock)).toBe('servfail');
  expect(resolver.health().map(({ state }) => state)).toEqual(['up', 'up']);
});

test('the back-off grows from 5 s to 60 s, and each time one live query probes', async () => {
  const clock = manualClock();
  const [one, two] = [scripted('one', 'network'), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock });
  const ask = () => resolver.resolve(question, clock.now() + 4500);
  await ask();
  for (const [asked, seconds] of [5, 10, 20, 40, 60, 60].entries()) {
    clock.advance(seconds * 1000 - 1);
    await ask();
    expect(one.asked).toBe(asked + 1);
    clock.advance(1);
    await ask();
    expect(one.asked).toBe(asked + 2);
  }
  one.behaviour = RCODE.NOERROR;
  clock.advance(60_000);
  expect((await ask()).upstream).toBe('one');
  expect(resolver.health()[0]).toMatchObject({ state: 'up', since: clock.now(), lastError: 'network: one' });
});

test('while one query probes, the others do not wait for it', async () => {
  const clock = manualClock();
  const [one, two] = [scripted('one', 'network'), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock });
  await resolver.resolve(question, 4500);
  clock.advance(5000);
  one.behaviour = 'silent';
  const probing = resolver.resolve(question, clock.now() + 4500);
  expect((await resolver.resolve(question, clock.now() + 4500)).upstream).toBe('two');
  expect(one.asked).toBe(2);
  expect((await withTime(clock, probing)).upstream).toBe('two');
});

test('an outage that fails many queries at once is one failure', async () => {
  const clock = manualClock();
  const [one, two] = [scripted('one', 'network'), scripted('two', RCODE.NOERROR)];
  const resolver = createResolver({ upstreams: [one, two], clock });
  await Promise.all(Array.from({ length: 10 }, () => resolver.resolve(question, 4500)));
  clock.advance(5000);
  await resolver.resolve(question, clock.now() + 4500);
  expect(one.asked).toBe(11);
});

test('a lone upstream that was silent is asked again until the deadline', async () => {
  const clock = manualClock();
  const one = scripted('one', 'silent');
  const resolver = createResolver({ upstreams: [one], clock });
  expect(await failureKind(resolver, 4500, clock)).toBe('timeout');
  expect(one.asked).toBe(3);
  expect(clock.now()).toBe(4500);
});

test('a deadline nearer than the time of an attempt is no proof against an upstream', async () => {
  const clock = manualClock();
  const resolver = createResolver({ upstreams: [scripted('one', 'silent')], clock });
  expect(await failureKind(resolver, 200, clock)).toBe('timeout');
  expect(resolver.health()[0]?.state).toBe('up');
});

test.each<[Behaviour, Behaviour, UpstreamFailureKind]>([
  ['network', RCODE.SERVFAIL, 'servfail'],
  ['silent', RCODE.REFUSED, 'refused'],
  ['network', 'malformed', 'malformed'],
  ['network', 'silent', 'timeout'],
])('when %s and %s are all there is, %s is told', async (first, second, kind) => {
  const clock = manualClock();
  const resolver = createResolver({ upstreams: [scripted('one', first), scripted('two', second)], clock });
  expect(await failureKind(resolver, 4500, clock)).toBe(kind);
});

test('without upstreams the failure says so', async () => {
  const resolver = createResolver({ upstreams: [], clock: manualClock() });
  await expect(resolver.resolve(question, 4500)).rejects.toThrow('No upstream is configured');
});

test('a bug in an upstream rises', async () => {
  const broken: Upstream = { ...scripted('one', 0), exchange: () => Promise.reject(new TypeError('a bug')) };
  const resolver = createResolver({ upstreams: [broken], clock: manualClock() });
  await expect(resolver.resolve(question, 4500)).rejects.toThrow(TypeError);
});
