import dnsPacket from 'dns-packet';
import { expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { patchableReply, patchReply } from '../../../src/dns/wire/patch.ts';
import type { Query } from '../../../src/dns/wire/query.ts';
import { aRecord, cnameRecord } from '../../../src/dns/wire/records.ts';
import { writeReply } from '../../../src/dns/wire/write.ts';
import { ask, name, opt, packet, question } from './packets.ts';

const answers = [
  cnameRecord(name('www.example.org'), 60, name('cdn.example.net')),
  aRecord(name('cdn.example.net'), 20, parseIpAddress('192.0.2.1')),
];
const stored = (query: Query) =>
  patchableReply(writeReply({ query, rcode: RCODE.NOERROR, answers, authority: [], limit: 1232 }));
const again = (id: number) =>
  packet({ id, questions: [question(Buffer.from(name('www.example.org'), 'latin1'))] });

test('the same question again gets its own id, and what is left of the TTLs', () => {
  const reply = stored(ask('www.example.org', TYPE.A, { edns: opt() }));
  expect(dnsPacket.decode(patchReply(reply, again(4242), 7))).toMatchObject({
    id: 4242,
    flag_ra: true,
    questions: [{ name: 'www.example.org' }],
    answers: [
      { name: 'www.example.org', ttl: 53, data: 'cdn.example.net' },
      { ttl: 13, data: '192.0.2.1' },
    ],
    additionals: [{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, flags: 0 }],
  });
});

test('the stored reply stays as it was', () => {
  const reply = stored(ask('www.example.org'));
  const before = Buffer.from(reply.octets);
  patchReply(reply, again(1), 30);
  expect(reply.octets).toEqual(before);
});

test.each([
  [0, [60, 20]],
  [20, [40, 0]],
  [1e9, [0, 0]],
])('after %i seconds the TTLs are %j', (age, ttls) => {
  const patched = dnsPacket.decode(patchReply(stored(ask('www.example.org')), again(1), age));
  expect(patched.answers?.map((answer) => ('ttl' in answer ? answer.ttl : undefined))).toEqual(ttls);
});

test('the flags of an OPT are no TTL', () => {
  const query = ask('www.example.org', TYPE.A, { edns: opt({ dnssecOk: true }) });
  const reply = patchableReply(
    writeReply({ query, rcode: RCODE.NOERROR, answers: [], authority: [], limit: 512 }),
  );
  expect(reply.ttlOffsets).toEqual([]);
});
