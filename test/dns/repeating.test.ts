/** A reply given again, without reading the question. */
import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { TYPE } from '../../src/dns/wire/constants.ts';
import { settle } from '../support/settle.ts';
import { a } from '../support/toy-upstream.ts';
import { allow, CLIENT, deny, room } from './room.ts';
import { labels, opt, packet, question, u16 } from './wire/packets.ts';

const plex = () => {
  const made = room({ rules: [allow('.plex.tv')], group: { gated: true } });
  for (const name of ['one.plex.tv', 'two.plex.tv'])
    made.upstream.answers(`${name} A`, a(name, '198.51.100.1', 60));
  return made;
};
const confirmed = async () => {
  const made = plex();
  for (const name of ['one.plex.tv', 'two.plex.tv']) {
    const answer = made.ask(name);
    await made.now(answer);
    made.confirm();
    await answer;
    await made.ask(name);
  }
  return made;
};
const sources = (made: { readonly logged: readonly { readonly source: string }[] }) =>
  made.logged.map(({ source }) => source);

test('the same question of the same client is given the same reply, with its own id', async () => {
  const made = await confirmed();
  const { raw } = await made.ask('one.plex.tv');
  expect(raw).toMatchObject({ questions: [{ name: 'one.plex.tv' }], answers: [{ data: '198.51.100.1' }] });
  expect(sources(made).at(-1)).toBe('cache');
  expect(made.upstream.asked).toHaveLength(2);
});

test('an address that was withdrawn takes back the replies of its name, and no others', async () => {
  const made = await confirmed();
  const withdrawn = made.requested.filter((lease) => lease.name.includes('one'));
  made.gate.update(
    withdrawn.map(({ groupId, name, address }) => ({ groupId, name, address, heldUntil: undefined })),
    [],
  );
  const before = made.requested.length;
  expect(await made.now(made.ask('one.plex.tv'))).toBeUndefined();
  expect(made.requested.length).toBeGreaterThan(before);
  expect((await made.now(made.ask('two.plex.tv')))?.answers).toEqual(['A 198.51.100.1']);
});

test('an end that comes nearer takes the reply back as well, one that moves away does not', async () => {
  const made = await confirmed();
  made.confirm(7_200_000);
  const asked = made.requested.length;
  await made.ask('one.plex.tv');
  expect(made.requested).toHaveLength(asked);
  made.confirm(70_000);
  await made.ask('one.plex.tv');
  expect(made.requested.length).toBeGreaterThan(asked);
});

test('a view that is sent anew takes back what it replaces', async () => {
  const made = await confirmed();
  made.gate.update([], [], [1]);
  expect(await made.now(made.ask('one.plex.tv'))).toBeUndefined();
});

test('a refusal is given again for as long as it may be remembered, then decided anew', async () => {
  const made = room({
    rules: [allow('.plex.tv'), deny('ads.plex.tv', { temporary: true, expiresAt: 1_000_001_000 })],
  });
  made.upstream.answers('ads.plex.tv A', a('ads.plex.tv', '198.51.100.1', 60));
  expect(await made.ask('ads.plex.tv')).toMatchObject({ rcode: 'NXDOMAIN', authority: [{ ttl: 5 }] });
  made.clock.advance(4000);
  expect(await made.ask('ads.plex.tv')).toMatchObject({ rcode: 'NXDOMAIN', authority: [{ ttl: 1 }] });
  expect(made.denied).toHaveLength(1);
  made.clock.advance(1000);
  expect(await made.ask('ads.plex.tv')).toMatchObject({ rcode: 'NOERROR' });
});

test('a change of policy is seen by the next question', async () => {
  const made = await confirmed();
  made.setPolicy({ rules: [], gated: true });
  expect(await made.ask('one.plex.tv')).toMatchObject({ rcode: 'NXDOMAIN' });
});

test('what was learnt for one client is not told to a client of another group', async () => {
  const made = await confirmed();
  expect(await made.ask('one.plex.tv', 'A', { client: '203.0.113.9' })).toMatchObject({ rcode: 'REFUSED' });
});

test('over TCP the reply is the whole one, whatever was told over UDP', async () => {
  const made = room({ rules: [allow('.plex.tv')] });
  const many = Array.from({ length: 60 }, (_, i) => a('many.plex.tv', `198.51.100.${i}`, 60));
  made.upstream.answers('many.plex.tv A', ...many);
  const small = await made.ask('many.plex.tv', 'A', { edns: false });
  expect(small.raw.flag_tc).toBe(true);
  const whole = await made.ask('many.plex.tv', 'A', { edns: false, protocol: 'tcp' });
  expect(whole.answers).toHaveLength(60);
  expect((await made.ask('many.plex.tv', 'A', { edns: false })).raw.flag_tc).toBe(true);
});

test('a reply to a question with options is not kept: a cookie is chosen by chance and hardly comes again', async () => {
  const made = room({ rules: [allow('.plex.tv')] });
  made.upstream.answers('one.plex.tv A', a('one.plex.tv', '198.51.100.1', 60));
  const ask = async (additional: readonly Buffer[]) => {
    const client = { address: parseIpAddress(CLIENT), protocol: 'udp' } as const;
    const octets = packet({ questions: [question(labels('one', 'plex', 'tv'), TYPE.A)], additional });
    for (let i = 0; i < 3; i++) made.pipeline.handle(octets, client, () => undefined);
    await settle();
    made.logged.length = 0;
    for (let i = 0; i < 2; i++) made.pipeline.handle(octets, client, () => undefined);
    await settle();
    // A kept reply comes with the outcome it was kept with, a new one with its own.
    return made.logged[0] === made.logged[1];
  };
  const cookie = Buffer.concat([u16(10, 8), Buffer.alloc(8, 7)]);
  expect([await ask([]), await ask([opt()]), await ask([opt({ options: cookie })])]).toEqual([
    true,
    true,
    false,
  ]);
});
