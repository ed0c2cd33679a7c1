import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery, replyLimit } from '../../../src/dns/wire/query.ts';
import {
  ask,
  labels,
  mutated,
  name,
  opt,
  packet,
  pointer,
  queryFrom,
  question,
  record,
  u16,
} from './packets.ts';

const asked = question(labels('WWW', 'Example', 'org'));

describe('a good query', () => {
  test('gives its question, its case and its flags', () => {
    const query = queryFrom(
      packet({
        id: 0xbeef,
        flags: FLAG.RD | FLAG.CD | FLAG.AD,
        questions: [question(labels('WWW', 'Example', 'org'), TYPE.AAAA)],
        additional: [opt({ size: 4096, dnssecOk: true })],
      }),
    );
    expect(query).toEqual({
      id: 0xbeef,
      recursionDesired: true,
      checkingDisabled: true,
      authenticData: true,
      question: { name: name('www.example.org'), type: TYPE.AAAA, class: CLASS.IN },
      qnameOctets: labels('WWW', 'Example', 'org'),
      edns: { udpSize: 4096, version: 0, dnssecOk: true, extendedRcode: 0 },
    });
  });

  test.each<[string, Parameters<typeof packet>[0]]>([
    ['without an OPT', {}],
    [
      'with unknown options',
      { additional: [opt({ options: Buffer.concat([u16(65001, 3), Buffer.alloc(3)]) })] },
    ],
    ['with an odd client subnet option', { additional: [opt({ options: u16(8, 0) })] }],
    ['with AA, TC, RA, Z and an rcode set', { flags: FLAG.AA | FLAG.TC | FLAG.RA | 0x40 | 5 }],
  ])('%s is accepted', (_, parts) => {
    expect(parseQuery(packet({ questions: [asked], ...parts })).kind).toBe('query');
  });

  test.each([
    [0, 512],
    [511, 512],
    [512, 512],
    [900, 900],
    [4096, 1232],
  ])('an offer of %i octets over UDP means %i', (size, limit) => {
    expect(replyLimit(ask('example.org', TYPE.A, { edns: opt({ size }) }), 'udp')).toBe(limit);
  });

  test('without an OPT 512 octets are read over UDP, and 65535 over TCP', () => {
    expect(replyLimit(ask('example.org'), 'udp')).toBe(512);
    expect(replyLimit(ask('example.org'), 'tcp')).toBe(65535);
  });
});

const hereTwice = opt();
test.each<[string, Buffer]>([
  ['no question', packet({})],
  ['two questions', packet({ questions: [asked, asked] })],
  ['a count of questions that lies', packet({ questions: [asked], counts: [2, 0, 0, 0] })],
  ['a pointer in the question', packet({ questions: [question(pointer(12))] })],
  ['a name without an end', packet({ questions: [Buffer.of(3, 97, 98)], counts: [1, 0, 0, 0] })],
  ['a name above 255 octets', packet({ questions: [question(labels(...Array(5).fill('x'.repeat(60))))] })],
  ['a question without a class', packet({ questions: [labels('org'), u16(1)], counts: [1, 0, 0, 0] })],
  ['an answer', packet({ questions: [asked], answers: [record(pointer(12), TYPE.A, Buffer.alloc(4))] })],
  [
    'an authority record',
    packet({ questions: [asked], authority: [record(Buffer.of(0), TYPE.A, Buffer.alloc(4))] }),
  ],
  [
    'another additional record',
    packet({ questions: [asked], additional: [record(Buffer.of(0), TYPE.A, Buffer.alloc(4))] }),
  ],
  ['two OPT', packet({ questions: [asked], additional: [hereTwice, hereTwice] })],
  ['an OPT with an owner', packet({ questions: [asked], additional: [opt({ owner: labels('a') })] })],
  ['an OPT shorter than it says', packet({ questions: [asked], additional: [opt({ rdLength: 4 })] })],
  ['an OPT that is not there', packet({ questions: [asked], counts: [1, 0, 0, 1] })],
  ['an option past its OPT', packet({ questions: [asked], additional: [opt({ options: u16(10, 9, 0) })] })],
  ['half an option header', packet({ questions: [asked], additional: [opt({ options: u16(10) })] })],
  ['octets behind the question', packet({ questions: [asked], trailing: Buffer.of(0) })],
  ['octets behind the OPT', packet({ questions: [asked], additional: [opt()], trailing: Buffer.of(0) })],
])('%s is answered with FORMERR', (_, octets) => {
  const parsed = parseQuery(octets);
  expect(parsed.kind).toBe('reply');
  if (parsed.kind !== 'reply') return;
  const reply = dnsPacket.decode(parsed.octets);
  expect(reply).toMatchObject({
    id: 0x1234,
    type: 'response',
    rcode: 'FORMERR',
    flag_rd: true,
    flag_ra: true,
  });
  expect(reply.answers).toEqual([]);
  expect(dnsPacket.decode.bytes).toBe(parsed.octets.length);
});

test('an unknown EDNS version is answered with BADVERS and our own', () => {
  const parsed = parseQuery(
    packet({ questions: [asked], additional: [opt({ version: 1, dnssecOk: true })] }),
  );
  expect(parsed.kind).toBe('reply');
  if (parsed.kind !== 'reply') return;
  const reply = dnsPacket.decode(parsed.octets);
  expect(reply.questions?.[0]?.name).toBe('WWW.Example.org');
  expect(reply.additionals).toMatchObject([
    { type: 'OPT', extendedRcode: 1, ednsVersion: 0, udpPayloadSize: 1232, flag_do: true },
  ]);
});

test.each([1, 2, 4, 5, 15])('opcode %i is answered with NOTIMP and the same opcode', (opcode) => {
  const parsed = parseQuery(packet({ flags: opcode << 11, questions: [asked], additional: [opt()] }));
  expect(parsed.kind).toBe('reply');
  if (parsed.kind !== 'reply') return;
  expect(parsed.octets.readUInt16BE(2)).toBe(FLAG.QR | FLAG.RA | (opcode << 11) | 4);
  expect(dnsPacket.decode(parsed.octets).additionals).toMatchObject([{ type: 'OPT' }]);
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['eleven octets', Buffer.alloc(11)],
  ['an answer', packet({ flags: FLAG.QR, questions: [asked] })],
  ['a malformed answer', packet({ flags: FLAG.QR | 1 })],
])('%s is not answered', (_, octets) => {
  expect(parseQuery(octets).kind).toBe('drop');
});

test('any octets: a query, a reply or nothing; and a reply is never longer than what it answers', () => {
  const valid = packet({ questions: [asked], additional: [opt({ options: u16(10, 4, 1, 2) })] });
  fc.assert(
    fc.property(mutated(valid), (octets) => {
      const parsed = parseQuery(octets);
      if (parsed.kind === 'reply') expect(parsed.octets.length).toBeLessThanOrEqual(octets.length);
      if (parsed.kind === 'query') expect(parsed.query.question.name.length).toBeLessThanOrEqual(255);
    }),
    { numRuns: 5000 },
  );
});
