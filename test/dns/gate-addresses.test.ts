/** What a gated group is told, and for how long: never longer than the firewall holds it. */
import { expect, test } from 'vitest';
import { RCODE } from '../../src/dns/wire/constants.ts';
import { a } from '../support/toy-upstream.ts';
import { allow, room } from './room.ts';

const GRACE_MS = 60_000;

const gated = () =>
  room({ rules: [allow('plex.tv')], group: { gated: true, graceMs: GRACE_MS, onHoldLimit: 'servfail' } });

/** What was asked for so far is held as long as the grace and so many seconds more; the others are not held at all. */
function hold(made: ReturnType<typeof gated>, seconds: number, addresses?: readonly string[]): void {
  const heldUntil = made.clock.now() + GRACE_MS + seconds * 1000;
  const leased = made.requested.filter(({ address }) => addresses?.includes(address) ?? true);
  made.gate.update(
    leased.map(({ groupId, name, address }) => ({ groupId, name, address, heldUntil })),
    [],
  );
}

test('an answer that was held is told for as much less', async () => {
  const made = gated();
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 300));
  const answer = made.ask('plex.tv');
  await made.now(answer);
  made.clock.advance(3000);
  hold(made, 3600);
  expect((await answer).ttls).toEqual([297]);
});

test('no reply is given again when what it told is over, however long the upstream allows', async () => {
  const made = gated();
  made.upstream.answers('plex.tv A', a('plex.tv', '198.51.100.1', 3600));
  const answer = made.ask('plex.tv');
  await made.now(answer);
  hold(made, 20);
  expect((await answer).ttls).toEqual([20]);
  made.clock.advance(10_000);
  expect((await made.ask('plex.tv')).ttls).toEqual([10]);
  made.clock.advance(10_000);
  expect(await made.now(made.ask('plex.tv'))).toBeUndefined();
});

test.each([
  ['all', ['198.51.100.1', '198.51.100.2'], true],
  ['a part', ['198.51.100.1'], false],
])('AD of an answer of which %s is told', async (_, open, authentic) => {
  const made = gated();
  made.upstream.isProved(true);
  made.upstream.responds('plex.tv A', {
    rcode: RCODE.NOERROR,
    authenticData: true,
    answers: [a('plex.tv', '198.51.100.1'), a('plex.tv', '198.51.100.2')],
  });
  const answer = made.ask('plex.tv', 'A', { wantsAd: true });
  await made.now(answer);
  hold(made, 3600, open);
  const { answers, raw } = await answer;
  expect([answers, raw.flag_ad]).toEqual([open.map((address) => `A ${address}`), authentic]);
});
