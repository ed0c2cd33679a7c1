import dnsPacket from 'dns-packet';
import { expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { patchableReply, patchReply } from '../../../src/dns/wire/patch.ts';
import type { Query } from '../../../src/dns/wire/query.ts';
import { aRecord, cnameRecord } from '../../../src/dns/wire/records.ts';
import { writeReply } from '../../../src/dns/wire/write.ts';
import { ask, labels, name, opt } from './packets.ts';

const answers = [
  cnameRecord(name('www.example.org'), 60, name('cdn.example.net')),
  aRecord(name('cdn.example.net'), 20, parseIpAddress('192.0.2.1')),
];
const stored = (query: Query) =>
  patchableReply(
    writeReply({ query, rcode: RCODE.NOERROR, answers, authority: [], authenticData: true, limit: 1232 }),
  );

test('the next asker gets its own id, case, RD and CD, and what is left of the TTLs', () => {
  const reply = stored(ask('www.example.org', TYPE.A, { edns: opt() }));
  const asker = ask('www.example.org', TYPE.A, {
    id: 4242,
    flags: FLAG.CD,
    qnameOctets: labels('WWW', 'example', 'ORG'),
    edns: opt(),
  });
  expect(dnsPacket.decode(patchReply(reply, asker, 7.9))).toMatchObject({
    id: 4242,
    flag_rd: false,
    flag_cd: true,
    flag_ra: true,
    questions: [{ name: 'WWW.example.ORG' }],
    answers: [
      { name: 'WWW.example.ORG', ttl: 53, data: 'cdn.example.net' },
      { ttl: 13, data: '192.0.2.1' },
    ],
    additionals: [{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, flags: 0 }],
  });
});

test('the stored reply stays as it was', () => {
  const reply = stored(ask('www.example.org'));
  const before = Buffer.from(reply.octets);
  patchReply(reply, ask('www.example.org', TYPE.A, { id: 1 }), 30);
  expect(reply.octets).toEqual(before);
});

test.each([
  [0, [60, 20]],
  [20, [40, 0]],
  [1e9, [0, 0]],
  [-5, [60, 20]],
])('after %i seconds the TTLs are %j', (age, ttls) => {
  const asker = ask('www.example.org');
  const patched = dnsPacket.decode(patchReply(stored(asker), asker, age));
  expect(patched.answers?.map((answer) => ('ttl' in answer ? answer.ttl : undefined))).toEqual(ttls);
});

test('AD is taken from an asker that did not ask for it, and never given', () => {
  const wanting = ask('www.example.org', TYPE.A, { flags: FLAG.AD });
  const plain = ask('www.example.org');
  expect(dnsPacket.decode(patchReply(stored(wanting), wanting, 0)).flag_ad).toBe(true);
  expect(dnsPacket.decode(patchReply(stored(wanting), plain, 0)).flag_ad).toBe(false);
  expect(dnsPacket.decode(patchReply(stored(plain), wanting, 0)).flag_ad).toBe(false);
});

test('the least TTL is known, and a reply without records has none', () => {
  const query = ask('www.example.org', TYPE.A, { edns: opt({ dnssecOk: true }) });
  expect(stored(query).minimumTtl).toBe(20);
  const empty = writeReply({ query, rcode: RCODE.NOERROR, answers: [], authority: [], limit: 512 });
  expect(patchableReply(empty)).toMatchObject({ ttlOffsets: [], minimumTtl: undefined });
});
