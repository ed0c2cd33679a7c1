import { expect, test } from 'vitest';
import { RCODE } from '../../src/dns/wire/constants.ts';
import { a } from '../support/toy-upstream.ts';
import { allow, room } from './room.ts';

/** A room whose upstream says AD of one name, over a channel that proves who says it or not. */
function vouching(channel: 'proved' | 'not proved', addresses: readonly string[] = ['192.0.2.1']) {
  const house = room({ rules: [allow('example.org')] });
  house.upstream.isProved(channel === 'proved');
  house.upstream.responds('example.org A', {
    rcode: RCODE.NOERROR,
    authenticData: true,
    answers: addresses.map((address) => a('example.org', address)),
  });
  return house;
}

test.each([
  ['proved', true, true],
  ['proved', false, false],
  ['not proved', true, false],
] as const)(
  'AD over a channel that is %s, to a client that wants it (%s): %s',
  async (channel, wantsAd, told) => {
    const { ask } = vouching(channel);
    expect((await ask('example.org', 'A', { wantsAd })).raw.flag_ad).toBe(told);
  },
);

test('who asks first does not decide what the others are told of it', async () => {
  const { ask, upstream } = vouching('proved');
  const told: (boolean | undefined)[] = [];
  for (const wantsAd of [false, true, true, false]) {
    told.push((await ask('example.org', 'A', { wantsAd })).raw.flag_ad);
  }
  expect(told).toEqual([false, true, true, false]);
  expect(upstream.asked).toHaveLength(1);
});

test('what is left of an answer is not what was signed', async () => {
  const { ask } = vouching('proved', ['192.0.2.1', '10.0.0.1']);
  const { answers, raw } = await ask('example.org', 'A', { wantsAd: true });
  expect([answers, raw.flag_ad]).toEqual([['A 192.0.2.1'], false]);
});
