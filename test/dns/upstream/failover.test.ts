import { expect, test } from 'vitest';
import { formatDomainName, ROOT } from '../../../src/base/domain-name.ts';
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
import { settle } from '../../support/settle.ts';
import { name } from '../wire/packets.ts';

const about = (text: string): UpstreamQuestion => ({
  name: name(text),
  type: TYPE.A,
  class: CLASS.IN,
  dnssecOk: false,
  checkingDisabled: false,
});
const question = about('example.org');

/** An rcode, a failure, or what it does with the questions of a name. */
type Behaviour = number | 'silent' | 'malformed' | 'network' | ((name: string) => Behaviour);

/** An upstream that does what it was told last, and remembers what it was asked. */
interface Scripted extends Upstream {
  behaviour: Behaviour;
  /** Milliseconds each answer takes. */
  delayMs: number;
  readonly names: string[];
  probes: number;
}

function scripted(id: string, behaviour: Behaviour, clock: ManualClock, delayMs = 0): Scripted {
  const upstream: Scripted = {
    id,
    behaviour,
    delayMs,
    names: [],
    probes: 0,
    authenticated: false,
    exchange({ name: asked }, signal) {
      if (asked === ROOT) upstream.probes += 1;
      else upstream.names.push(formatDomainName(asked));
      let now = upstream.behaviour;
      while (typeof now === 'function') now = now(formatDomainName(asked));
      const act = now;
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(timedOut(id)));
        const settle = () => {
          if (typeof act === 'number') resolve(answer(act));
          else if (act !== 'silent') reject(new UpstreamFailure(act, `${act}: ${id}`));
        };
        if (upstream.delayMs === 0) settle();
        else clock.after(upstream.delayMs, settle);
      });
    },
    mismatched: () => 0,
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

/** Lets everything that is ready happen, and moves the time on until the work is done. */
async function withTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  for (let i = 0; i < 200 && !isDone; i++) {
    await settle();
    if (!isDone) clock.advance(100);
  }
  return done;
}

/** Moves the time in small steps, with everything happening that becomes due. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(Math.min(100, ms - passed));
    await settle();
  }
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

/** Two upstreams and what asks them. */
function two(first: Behaviour, second: Behaviour, strategy: 'ordered' | 'race' = 'ordered') {
  const clock = manualClock();
  const one = scripted('one', first, clock);
  const other = scripted('two', second, clock);
  const resolver = createResolver({ upstreams: [one, other], clock, strategy });
  const ask = (text = 'example.org') => withTime(clock, resolver.resolve(about(text), clock.now() + 4500));
  const states = () => resolver.health().map(({ state }) => state);
  return { clock, one, other, resolver, ask, states };
}

test('the first upstream answers, and the second is not asked', async () => {
  const { other, ask } = two(RCODE.NOERROR, RCODE.NOERROR);
  expect(await ask()).toMatchObject({ upstream: 'one', durationMs: 0, authenticated: false });
  expect(other.names).toEqual([]);
});

test.each([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.YXDOMAIN])('rcode %i is an answer', async (rcode) => {
  const { ask, states } = two(rcode, RCODE.NOERROR);
  expect((await ask()).response.rcode).toBe(rcode);
  expect(states()).toEqual(['up', 'up']);
});

test.each<[Behaviour, number]>([
  ['silent', 1000],
  ['network', 0],
  ['malformed', 0],
  [RCODE.SERVFAIL, 0],
  [RCODE.REFUSED, 0],
  [RCODE.NOTIMP, 0],
])('after %s the next upstream is asked', async (behaviour, durationMs) => {
  const { ask } = two(behaviour, RCODE.NOERROR);
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs });
});

test('a dead upstream costs one time-out, and then nothing', async () => {
  const { one, ask, states } = two('silent', RCODE.NOERROR);
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs: 1000 });
  expect(states()).toEqual(['down', 'up']);
  expect(await ask('again.example.org')).toMatchObject({ upstream: 'two', durationMs: 0 });
  expect(one.names).toEqual(['example.org']);
});

test('a dead upstream is probed at ever longer intervals, and is first again when it answers', async () => {
  const { clock, one, ask, resolver, states } = two('network', RCODE.NOERROR);
  await ask();
  const probesAfter: number[] = [];
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    await pass(clock, seconds * 1000 - 1);
    probesAfter.push(one.probes);
    await pass(clock, 1);
    probesAfter.push(one.probes);
  }
  expect(probesAfter).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]);
  expect(one.names).toHaveLength(1);

  one.behaviour = RCODE.REFUSED; // It speaks: that is all a probe has to know.
  await pass(clock, 30_000);
  expect(states()).toEqual(['up', 'up']);
  expect(resolver.health()[0]).toMatchObject({ since: clock.now(), lastError: 'network: one' });
  one.behaviour = RCODE.NOERROR;
  expect((await ask()).upstream).toBe('one');
});

test('a name an upstream is silent about is the trouble of the name', async () => {
  const { one, ask, states } = two((asked) => (asked === 'odd.example.org' ? 'silent' : 0), RCODE.NOERROR);
  expect(await ask('odd.example.org')).toMatchObject({ upstream: 'two', durationMs: 1000 });
  expect(states()).toEqual(['up', 'up']);
  expect(one.probes).toBe(1);
  expect((await ask()).upstream).toBe('one');
});

test.each<[Behaviour]>([[RCODE.SERVFAIL], [RCODE.REFUSED], ['malformed']])(
  'three names in a row that answer %s here, but not elsewhere, put it behind; one or two do not',
  async (behaviour) => {
    const { one, other, ask, states } = two(behaviour, RCODE.NOERROR);
    for (const text of ['a.org', 'b.org', 'a.org', 'b.org']) await ask(text);
    expect(states()).toEqual(['up', 'up']);
    one.behaviour = RCODE.NOERROR;
    await ask('good.org');
    one.behaviour = behaviour;
    for (const text of ['c.org', 'd.org']) await ask(text);
    expect(states()).toEqual(['up', 'up']);
    await ask('e.org');
    expect(states()).toEqual(['down', 'up']);
    const before = other.names.length;
    await ask('f.org');
    expect([one.names.includes('f.org'), other.names.length]).toEqual([false, before + 1]);
  },
);

test('a SERVFAIL all upstreams agree on is the trouble of the name, not theirs', async () => {
  const { clock, resolver, states } = two(RCODE.SERVFAIL, RCODE.SERVFAIL);
  for (let i = 0; i < 4; i++) expect(await failureKind(resolver, clock.now() + 4500, clock)).toBe('servfail');
  expect(states()).toEqual(['up', 'up']);
});

test('a SERVFAIL is told at once, and not after a wait for an upstream that is down', async () => {
  const { clock, other, resolver, ask } = two('network', RCODE.NOERROR);
  await ask();
  other.behaviour = RCODE.SERVFAIL;
  const before = clock.now();
  expect(await failureKind(resolver, clock.now() + 4500, clock)).toBe('servfail');
  expect(clock.now()).toBe(before);
});

test('an upstream that is always late still resolves', async () => {
  const clock = manualClock();
  const slow = scripted('slow', RCODE.NOERROR, clock, 2000);
  const resolver = createResolver({ upstreams: [slow], clock });
  for (let i = 0; i < 3; i++) {
    const resolved = await withTime(clock, resolver.resolve(question, clock.now() + 10_000));
    expect(resolved).toMatchObject({ upstream: 'slow', durationMs: 2000 });
  }
});

test('a late answer wins over an upstream that is later still', async () => {
  const { one, other, ask } = two(RCODE.NOERROR, RCODE.NOERROR);
  [one.delayMs, other.delayMs] = [1500, 3000];
  expect(await ask()).toMatchObject({ upstream: 'one', durationMs: 1500 });
});

test('an upstream that is late with everything goes behind one that is not', async () => {
  const { one, ask, states } = two(RCODE.NOERROR, RCODE.NOERROR);
  one.delayMs = 2000;
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs: 1000 });
  expect(states()).toEqual(['down', 'up']);
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs: 0 });
});

test('where all are down, all are asked at once', async () => {
  const { one, other, ask, states } = two('network', 'network');
  await ask().catch(() => undefined);
  expect(states()).toEqual(['down', 'down']);
  one.behaviour = 'silent';
  other.behaviour = RCODE.NOERROR;
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs: 0 });
  expect(states()).toEqual(['down', 'up']);
});

test('a lone upstream that is silent is asked three times, and waited for until the deadline', async () => {
  const clock = manualClock();
  const one = scripted('one', 'silent', clock);
  const resolver = createResolver({ upstreams: [one], clock });
  expect(await failureKind(resolver, 4500, clock)).toBe('timeout');
  expect(one.names).toHaveLength(3);
  expect(clock.now()).toBe(4500);
});

test('a deadline nearer than the time of an attempt is no proof against an upstream', async () => {
  const clock = manualClock();
  const resolver = createResolver({ upstreams: [scripted('one', 'silent', clock)], clock });
  expect(await failureKind(resolver, 200, clock)).toBe('timeout');
  expect(resolver.health()[0]?.state).toBe('up');
});

test.each<[Behaviour, Behaviour, UpstreamFailureKind]>([
  ['network', RCODE.SERVFAIL, 'servfail'],
  ['silent', RCODE.REFUSED, 'refused'],
  ['network', 'malformed', 'malformed'],
  ['network', 'silent', 'timeout'],
])('when %s and %s are all there is, %s is told', async (first, second, kind) => {
  const { clock, resolver } = two(first, second);
  expect(await failureKind(resolver, 4500, clock)).toBe(kind);
});

test('in a race all that are up are asked at once, and the first answer counts', async () => {
  const { one, other, ask } = two(RCODE.NOERROR, RCODE.NOERROR, 'race');
  one.delayMs = 300;
  expect(await ask()).toMatchObject({ upstream: 'two', durationMs: 0 });
  expect(one.names).toHaveLength(1);
  other.behaviour = RCODE.SERVFAIL;
  expect(await ask()).toMatchObject({ upstream: 'one', durationMs: 300 });
});

test('what lost a race goes on, but not without bounds', async () => {
  const { one, ask } = two('silent', RCODE.NOERROR, 'race');
  const aborted: string[] = [];
  const exchange = one.exchange;
  one.exchange = (asked, signal) => {
    signal.addEventListener('abort', () => aborted.push(formatDomainName(asked.name)));
    return exchange(asked, signal);
  };
  for (let i = 0; i < 600; i++) await ask();
  expect(aborted.length).toBeGreaterThanOrEqual(80);
});

test('health counts what was asked and what became of it', async () => {
  const { clock, one, resolver, ask } = two(RCODE.NOERROR, RCODE.NOERROR);
  one.delayMs = 100;
  await ask();
  one.delayMs = 300;
  await ask();
  await ask();
  one.delayMs = 0;
  one.behaviour = RCODE.SERVFAIL;
  await ask();
  one.behaviour = 'silent';
  await ask();
  await pass(clock, 10_000);
  expect(resolver.health()[0]?.counters).toEqual({
    queries: 5,
    answered: 3,
    failures: 1,
    timeouts: 1,
    mismatched: 0,
    medianMs: 300,
  });
});

test('without upstreams the failure says so', async () => {
  const resolver = createResolver({ upstreams: [], clock: manualClock() });
  await expect(resolver.resolve(question, 4500)).rejects.toThrow('No upstream is configured');
});

test('a bug in an upstream rises', async () => {
  const clock = manualClock();
  const broken: Upstream = {
    ...scripted('one', 0, clock),
    exchange: () => Promise.reject(new TypeError('a bug')),
  };
  const resolver = createResolver({ upstreams: [broken], clock });
  await expect(resolver.resolve(question, 4500)).rejects.toThrow(TypeError);
});
