import { expect, test } from 'vitest';
import { RCODE } from '../../src/dns/wire/constants.ts';
import { settle } from '../support/settle.ts';
import { a, cname, soa } from '../support/toy-upstream.ts';
import { allow, room } from './room.ts';

const HOUR = 3_600_000;
const plex = () => {
  const made = room({ rules: [allow('.plex.tv')] });
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 60));
  return made;
};

test('ttls count down through both caches, and the upstream is asked again when they end', async () => {
  const { ask, clock, upstream } = plex();
  expect((await ask('plex.tv')).ttls).toEqual([60]);
  clock.advance(20_000);
  expect((await ask('plex.tv')).ttls).toEqual([40]);
  // Another shape of reply is not in the reply cache; it is made from the answer cache.
  expect((await ask('plex.tv', 'A', { edns: false })).ttls).toEqual([40]);
  clock.advance(39_000);
  expect((await ask('plex.tv', 'A', { edns: false })).ttls).toEqual([1]);
  expect(upstream.asked).toHaveLength(1);
  clock.advance(1000);
  expect((await ask('plex.tv')).ttls).toEqual([60]);
  expect(upstream.asked).toHaveLength(2);
});

test('an answer lives as long as its shortest record', async () => {
  const { ask, clock, upstream } = plex();
  upstream.answers(
    'www.plex.tv A',
    cname('www.plex.tv', 'x.example', 10),
    a('x.example', '198.51.100.1', 300),
  );
  await ask('www.plex.tv');
  clock.advance(10_000);
  await ask('www.plex.tv');
  expect(upstream.asked).toHaveLength(2);
});

test('no ttl is told that is longer than a day', async () => {
  const { ask, upstream } = plex();
  upstream.answers('long.plex.tv A', a('long.plex.tv', '198.51.100.1', 2_000_000));
  expect((await ask('long.plex.tv')).ttls).toEqual([86_400]);
});

test('a ttl of 0 is never reused', async () => {
  const { ask, upstream } = plex();
  upstream.answers('zero.plex.tv A', a('zero.plex.tv', '198.51.100.1', 0));
  await ask('zero.plex.tv');
  await ask('zero.plex.tv');
  expect(upstream.asked).toHaveLength(2);
  upstream.fails(true);
  expect((await ask('zero.plex.tv')).answers).toEqual(['A 198.51.100.1']);
});

test.each([
  ['a name that does not exist', { rcode: RCODE.NXDOMAIN, authority: [soa('plex.tv', 30)] }, 'NXDOMAIN'],
  ['a type that does not exist', { authority: [soa('plex.tv', 30)] }, 'NOERROR'],
  [
    'a type that does not exist behind an alias',
    { answers: [cname('gone.plex.tv', 'x.example', 300)], authority: [soa('example', 30)] },
    'NOERROR',
  ],
])('%s is remembered as long as its SOA says (RFC 2308)', async (_, response, rcode) => {
  const { ask, clock, upstream } = plex();
  upstream.responds('gone.plex.tv A', response);
  expect(await ask('gone.plex.tv')).toMatchObject({ rcode, authority: [{ minimum: 30 }] });
  clock.advance(29_000);
  expect(await ask('gone.plex.tv')).toMatchObject({ rcode });
  expect(upstream.asked).toHaveLength(1);
  clock.advance(1000);
  await ask('gone.plex.tv');
  expect(upstream.asked).toHaveLength(2);
});

test('"there is none" without an SOA is not remembered, and with one for an hour at most', async () => {
  const { ask, clock, upstream } = plex();
  upstream.responds('gone.plex.tv A', { rcode: RCODE.NXDOMAIN });
  await ask('gone.plex.tv');
  await ask('gone.plex.tv');
  expect(upstream.asked).toHaveLength(2);
  upstream.responds('never.plex.tv A', {
    rcode: RCODE.NXDOMAIN,
    authority: [soa('plex.tv', 86_400, 86_400)],
  });
  await ask('never.plex.tv');
  clock.advance(HOUR);
  await ask('never.plex.tv');
  expect(upstream.asked).toHaveLength(4);
});

test('nothing of an authority section is told but what proves the absence', async () => {
  const { ask, upstream } = plex();
  upstream.responds('gone.plex.tv A', {
    rcode: RCODE.NXDOMAIN,
    authority: [a('gone.plex.tv', '198.51.100.66'), soa('plex.tv')],
  });
  expect((await ask('gone.plex.tv')).raw.authorities).toMatchObject([{ type: 'SOA' }]);
});

test('equal questions that come together share one exchange', async () => {
  const { ask, upstream } = plex();
  upstream.waits(true);
  const answers = Promise.all([ask('plex.tv'), ask('PLEX.tv'), ask('plex.tv', 'A', { edns: false })]);
  await settle();
  expect(upstream.asked).toEqual(['plex.tv A']);
  upstream.waits(false);
  for (const answer of await answers) expect(answer.answers).toEqual(['A 198.51.100.1']);
});

test('when the patience of the client ends it is told so; the answer that comes later serves its resend', async () => {
  const { ask, clock, upstream } = plex();
  upstream.waits(true);
  const answer = ask('plex.tv');
  await settle();
  clock.advance(4500);
  expect(await answer).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 22 } });
  upstream.waits(false);
  await settle();
  expect((await ask('plex.tv')).answers).toEqual(['A 198.51.100.1']);
  expect(upstream.asked).toHaveLength(1);
});

test('while no upstream answers, the last good answer is told for a day, with a short ttl (RFC 8767)', async () => {
  const { ask, clock, upstream, logged } = plex();
  await ask('plex.tv');
  upstream.fails(true);
  clock.advance(60_000);
  expect(await ask('plex.tv')).toMatchObject({ answers: ['A 198.51.100.1'], ttls: [30], ede: { code: 3 } });
  expect(logged.at(-1)).toMatchObject({ reason: 'stale' });

  upstream.fails(false);
  clock.advance(30_000);
  expect((await ask('plex.tv')).ttls).toEqual([60]);
  upstream.fails(true);
  clock.advance(60_000 + 24 * HOUR);
  expect(await ask('plex.tv')).toMatchObject({ ttls: [30] });
  clock.advance(1);
  expect(await ask('plex.tv')).toMatchObject({ rcode: 'SERVFAIL' });
});

test('a slow upstream is waited for 1.8 s before the last good answer is told', async () => {
  const { ask, clock, upstream, now } = plex();
  await ask('plex.tv');
  clock.advance(60_000);
  upstream.waits(true);
  const answer = ask('plex.tv');
  expect(await now(answer)).toBeUndefined();
  clock.advance(1799);
  expect(await now(answer)).toBeUndefined();
  clock.advance(1);
  expect((await answer).ttls).toEqual([30]);
});

test('"no such name" is a last good answer as well, and says so (RFC 8914 section 4.20)', async () => {
  const { ask, clock, upstream } = plex();
  upstream.responds('gone.plex.tv A', { rcode: RCODE.NXDOMAIN, authority: [soa('plex.tv', 30)] });
  await ask('gone.plex.tv');
  upstream.fails(true);
  clock.advance(30_000);
  expect(await ask('gone.plex.tv')).toMatchObject({
    rcode: 'NXDOMAIN',
    authority: [{ ttl: 30 }],
    ede: { code: 19 },
  });
});

test.each([
  ['with', [soa('plex.tv', 30)]],
  ['without', []],
])(
  'in an outage a name without IPv6 still has none, %s an SOA: musl drops both families when one fails',
  async (_, authority) => {
    const { ask, clock, upstream } = plex();
    upstream.responds('plex.tv AAAA', { authority });
    await ask('plex.tv');
    await ask('plex.tv', 'AAAA');
    upstream.fails(true);
    clock.advance(60_000);
    expect(await ask('plex.tv')).toMatchObject({ rcode: 'NOERROR', answers: ['A 198.51.100.1'] });
    expect(await ask('plex.tv', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
  },
);

test('an upstream that says the name is gone ends what was remembered of it', async () => {
  const { ask, clock, upstream } = plex();
  await ask('plex.tv');
  clock.advance(60_000);
  upstream.responds('plex.tv A', { rcode: RCODE.NXDOMAIN });
  expect((await ask('plex.tv')).rcode).toBe('NXDOMAIN');
  upstream.fails(true);
  expect((await ask('plex.tv')).rcode).toBe('SERVFAIL');
});

test('after a flush nothing is answered from before, not even by an exchange that was under way', async () => {
  const { ask, cache, pipeline, upstream } = plex();
  upstream.waits(true);
  const answer = ask('plex.tv');
  await settle();
  cache.flush();
  pipeline.forgetReplies();
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.2', 60));
  upstream.waits(false);
  expect((await answer).answers).toEqual(['A 198.51.100.2']);
  expect((await ask('plex.tv')).answers).toEqual(['A 198.51.100.2']);
  expect(cache.statistics().entries).toBe(1);
});

test('a reply goes out with the id and the case of its asker', async () => {
  const { ask } = plex();
  await ask('plex.tv');
  const again = await ask('pLeX.Tv');
  expect(again.raw.id).toBe(2);
  expect(again.raw.questions?.[0]?.name).toBe('pLeX.Tv');
});

test('the pipeline is idle when every question has its answer', async () => {
  const { ask, pipeline, upstream, now, setPolicy } = plex();
  upstream.waits(true);
  void ask('plex.tv');
  await settle();
  const idle = pipeline.idle().then(() => 'idle');
  expect(await now(idle)).toBeUndefined();
  setPolicy({ rules: [allow('plex.tv')] });
  upstream.waits(false);
  expect(await idle).toBe('idle');
});

test('a name that does not exist has no addresses, whatever an upstream says beside it', async () => {
  const { ask, upstream, sighted } = plex();
  upstream.responds('gone.plex.tv A', {
    rcode: RCODE.NXDOMAIN,
    answers: [a('gone.plex.tv', '198.51.100.66')],
  });
  expect(await ask('gone.plex.tv')).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  expect(sighted).toEqual([]);
});

test('refreshing ahead never crowds out the questions of clients', async () => {
  const { ask, clock, upstream, cache } = plex();
  const names = Array.from({ length: 20 }, (_, n) => `n${n}.plex.tv`);
  for (const name of names) upstream.answers(`${name} A`, a(name, '198.51.100.1', 100));
  const askAll = () => Promise.all(names.map((name) => ask(name)));
  await askAll();
  for (const passed of [20_000, 40_000, 35_000]) {
    upstream.waits(true);
    clock.advance(passed);
    await askAll();
  }
  await settle();
  expect(upstream.asked).toHaveLength(20 + 16);
  expect(cache.statistics()).toMatchObject({ prefetches: 16, misses: 20 });
});

test('a refresh that fails costs nobody anything while the answer holds', async () => {
  const { ask, clock, upstream } = plex();
  upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 100));
  for (const passed of [0, 20_000, 40_000]) {
    clock.advance(passed);
    await ask('plex.tv');
  }
  upstream.fails(true);
  clock.advance(35_000);
  expect(await ask('plex.tv')).toMatchObject({ ttls: [5], ede: undefined });
  await settle();
  expect(await ask('plex.tv', 'A', { edns: false })).toMatchObject({ ttls: [5] });
  expect(upstream.asked).toHaveLength(2);
});
