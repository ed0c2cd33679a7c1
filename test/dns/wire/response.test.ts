import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { addressOf, cnameTarget, soaMinimum } from '../../../src/dns/wire/records.ts';
import { type Expected, parseResponse, type Response } from '../../../src/dns/wire/response.ts';
import { labels, mutated, name, opt, type Parts, packet, pointer, question, record, u16 } from './packets.ts';

const qname = labels('wWw', 'example', 'org');
const expected: Expected = { id: 0x1234, qnameOctets: qname, type: TYPE.A, class: CLASS.IN };
const QR = FLAG.QR | FLAG.RD | FLAG.RA;
const owner = pointer(12);
const address = Buffer.of(192, 0, 2, 1);

const answer = (parts: Parts = {}): Buffer => packet({ flags: QR, questions: [question(qname)], ...parts });

function responseOf(octets: Buffer, to = expected): Response {
  const parsed = parseResponse(octets, to);
  if (parsed.kind !== 'response') throw new Error(`${parsed.kind}: ${parsed.why}`);
  return parsed.response;
}

describe('a good response', () => {
  test('gives its records with names decompressed', () => {
    const response = responseOf(
      answer({
        answers: [
          record(owner, TYPE.CNAME, Buffer.concat([Buffer.from('\x03CDN', 'latin1'), pointer(16)])),
          record(pointer(45), TYPE.A, address, { ttl: 60 }),
        ],
        additional: [opt()],
      }),
    );
    const [cname, a] = response.answers;
    expect(response).toMatchObject({ rcode: 0, truncated: false, authoritative: false, edns: true });
    expect(cname?.owner).toBe(name('www.example.org'));
    expect(cname?.rdata).toEqual(labels('CDN', 'example', 'org'));
    expect(cname && cnameTarget(cname)).toBe(name('cdn.example.org'));
    expect(a).toMatchObject({ owner: name('cdn.example.org'), ttl: 60 });
    expect(a && addressOf(a)).toBe('192.0.2.1');
  });

  test('gives the SOA of a negative answer', () => {
    const numbers = Buffer.alloc(20);
    numbers.writeUInt32BE(900, 16);
    const soa = record(pointer(16), TYPE.SOA, Buffer.concat([pointer(16), pointer(16), numbers]));
    const response = responseOf(answer({ flags: QR | 3, authority: [soa] }));
    expect(response.rcode).toBe(3);
    expect(response.authority[0] && soaMinimum(response.authority[0])).toBe(900);
  });

  test('has the upper bits of its rcode in the OPT', () => {
    expect(responseOf(answer({ additional: [opt({ extendedRcode: 1 })] })).rcode).toBe(16);
  });

  test('that is truncated gives nothing but that, wherever it was cut', () => {
    const cut = answer({ flags: QR | FLAG.TC, counts: [1, 9, 0, 1], trailing: Buffer.of(1, 2, 3) });
    expect(responseOf(cut)).toMatchObject({ truncated: true, answers: [] });
  });

  test.each([1, 2, 4, 5])('may be a bare header when its rcode is %i', (rcode) => {
    expect(responseOf(packet({ flags: QR | rcode })).rcode).toBe(rcode);
  });

  test.each([
    [300, 300],
    [0x7fffffff, 0x7fffffff],
    [0x80000000, 0],
    [0xffffffff, 0],
  ])('a TTL of %i counts as %i', (ttl, seconds) => {
    const [first] = responseOf(answer({ answers: [record(owner, TYPE.A, address, { ttl })] })).answers;
    expect(first?.ttl).toBe(seconds);
  });

  test('an IPv4-mapped AAAA counts as IPv4', () => {
    const mapped = Buffer.concat([Buffer.alloc(10), Buffer.of(0xff, 0xff), address]);
    const asked = { ...expected, type: TYPE.AAAA };
    const octets = packet({
      flags: QR,
      questions: [question(qname, TYPE.AAAA)],
      answers: [record(owner, TYPE.AAAA, mapped)],
    });
    const [first] = responseOf(octets, asked).answers;
    expect(first && addressOf(first)).toBe('192.0.2.1');
  });

  test.each<[string, number, Buffer, Buffer]>([
    ['MX', TYPE.MX, Buffer.concat([u16(10), pointer(12)]), Buffer.concat([u16(10), qname])],
    ['SRV', TYPE.SRV, Buffer.concat([u16(1, 2, 3), pointer(12)]), Buffer.concat([u16(1, 2, 3), qname])],
    [
      'RP',
      TYPE.RP,
      Buffer.concat([pointer(16), pointer(12)]),
      Buffer.concat([labels('example', 'org'), qname]),
    ],
    ['AFSDB', TYPE.AFSDB, Buffer.concat([u16(1), pointer(12)]), Buffer.concat([u16(1), qname])],
    ['PX', TYPE.PX, Buffer.concat([u16(1), pointer(12), pointer(12)]), Buffer.concat([u16(1), qname, qname])],
    ['DNAME', TYPE.DNAME, pointer(12), qname],
    [
      'NAPTR',
      TYPE.NAPTR,
      Buffer.concat([u16(1, 2), Buffer.from('\x01u\x00\x03a.b', 'latin1'), pointer(12)]),
      Buffer.concat([u16(1, 2), Buffer.from('\x01u\x00\x03a.b', 'latin1'), qname]),
    ],
    [
      'SIG',
      TYPE.SIG,
      Buffer.concat([Buffer.alloc(18), pointer(12), Buffer.from('signature')]),
      Buffer.concat([Buffer.alloc(18), qname, Buffer.from('signature')]),
    ],
    ['an unknown type', 65280, Buffer.of(0xc0, 0x0c, 0xff), Buffer.of(0xc0, 0x0c, 0xff)],
    ['HTTPS', TYPE.HTTPS, Buffer.of(0, 1, 0), Buffer.of(0, 1, 0)],
    ['no data at all', TYPE.NULL, Buffer.alloc(0), Buffer.alloc(0)],
  ])('the data of %s keeps its meaning', (_, type, rdata, plain) => {
    const [first] = responseOf(answer({ answers: [record(owner, type, rdata)] })).answers;
    expect(first?.rdata).toEqual(plain);
  });
});

const good = record(owner, TYPE.A, address);
test.each<[string, Parts]>([
  ['an A record of 3 octets', { answers: [record(owner, TYPE.A, Buffer.alloc(3))] }],
  ['an A record that hides another', { answers: [record(owner, TYPE.A, Buffer.concat([address, good]))] }],
  ['an AAAA record of 4 octets', { answers: [record(owner, TYPE.AAAA, address)] }],
  [
    'a CNAME with octets behind its name',
    { answers: [record(owner, TYPE.CNAME, Buffer.concat([qname, good]))] },
  ],
  [
    'a CNAME that ends behind its record',
    { answers: [record(owner, TYPE.CNAME, qname, { rdLength: 4 }), good] },
  ],
  ['a CNAME without data', { answers: [record(owner, TYPE.CNAME, Buffer.alloc(0))] }],
  ['an MX without a name', { answers: [record(owner, TYPE.MX, u16(10))] }],
  ['a SOA without its numbers', { answers: [record(owner, TYPE.SOA, Buffer.concat([qname, qname]))] }],
  ['a NAPTR string past its record', { answers: [record(owner, TYPE.NAPTR, Buffer.of(0, 1, 0, 2, 200, 1))] }],
  ['a record that is not there', { counts: [1, 1, 0, 0] }],
  ['a record cut in its header', { answers: [Buffer.concat([owner, u16(1, 1)])] }],
  ['an RDLENGTH past the end', { answers: [record(owner, 65280, address, { rdLength: 5 })] }],
  ['an owner that points at itself', { answers: [record(pointer(33), TYPE.A, address)] }],
  ['octets behind the last record', { answers: [good], trailing: Buffer.of(0) }],
  ['more records than it counts', { answers: [good, good], counts: [1, 1, 0, 0] }],
  ['two OPT', { additional: [opt(), opt()] }],
  ['an OPT among the answers', { answers: [opt()] }],
  ['an OPT with an owner', { additional: [opt({ owner: labels('a') })] }],
  ['an option past its OPT', { additional: [opt({ options: u16(3, 9) })] }],
  ['more than 4096 records', { counts: [1, 4097, 0, 0] }],
])('%s makes a response malformed', (_, parts) => {
  expect(parseResponse(answer(parts), expected).kind).toBe('malformed');
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['half a header', answer().subarray(0, 11)],
  ['another id', answer({ id: 1 })],
  ['a query', answer({ flags: FLAG.RD })],
  ['another opcode', answer({ flags: QR | 0x2000 })],
  ['another name', answer({ questions: [question(labels('wWv', 'example', 'org'))] })],
  ['a longer name', answer({ questions: [question(labels('wWw', 'example', 'org', 'x'))] })],
  ['one label where two were asked', answer({ questions: [question(labels('wWw.example', 'org'))] })],
  ['another type', answer({ questions: [question(qname, TYPE.AAAA)] })],
  ['another class', answer({ questions: [question(qname, TYPE.A, CLASS.CH)] })],
  ['two questions', answer({ questions: [question(qname), question(qname)] })],
  ['no question', packet({ flags: QR })],
  ['no question, but records', packet({ flags: QR | 2, answers: [record(qname, TYPE.A, address)] })],
])('%s is not the answer to what was asked', (_, octets) => {
  expect(parseResponse(octets, expected)).toMatchObject({ kind: 'mismatch', onlyCase: false });
});

test('the name in another case is told apart from another name', () => {
  const octets = answer({ questions: [question(labels('www', 'example', 'org'))] });
  expect(parseResponse(octets, expected)).toMatchObject({ kind: 'mismatch', onlyCase: true });
});

test('what dns-packet encodes is read', () => {
  const octets = dnsPacket.encode({
    type: 'response',
    id: 0x1234,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHORITATIVE_ANSWER,
    questions: [{ type: 'MX', name: 'example.org' }],
    answers: [
      { type: 'MX', name: 'example.org', ttl: 5, data: { preference: 10, exchange: 'mail.example.org' } },
      { type: 'TXT', name: 'example.org', ttl: 6, data: 'hello' },
      { type: 'AAAA', name: 'mail.example.org', ttl: 7, data: '2001:db8::1' },
    ],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 4096,
        flags: 0,
        ednsVersion: 0,
        extendedRcode: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const asked = { id: 0x1234, qnameOctets: labels('example', 'org'), type: TYPE.MX, class: CLASS.IN };
  const response = responseOf(octets, asked);
  expect(response.authoritative).toBe(true);
  expect(response.answers.map(({ ttl, type }) => [ttl, type])).toEqual([
    [5, TYPE.MX],
    [6, TYPE.TXT],
    [7, TYPE.AAAA],
  ]);
  expect(response.answers[2] && addressOf(response.answers[2])).toBe('2001:db8::1');
});

test('any octets: a response, a mismatch or malformed', () => {
  const valid = answer({
    answers: [
      record(owner, TYPE.CNAME, Buffer.concat([Buffer.from('\x03cdn', 'latin1'), pointer(16)])),
      record(pointer(45), TYPE.A, address),
      record(owner, TYPE.SRV, Buffer.concat([u16(1, 2, 3), pointer(12)])),
    ],
    additional: [opt({ options: u16(10, 4, 1, 2) })],
  });
  fc.assert(
    fc.property(mutated(valid), (octets) => {
      const parsed = parseResponse(octets, expected);
      if (parsed.kind !== 'response') return;
      for (const { ttl, owner: of } of parsed.response.answers) {
        expect(ttl).toBeLessThanOrEqual(0x7fffffff);
        expect(of.length).toBeLessThanOrEqual(255);
      }
    }),
    { numRuns: 5000 },
  );
});

/** What it costs is counted in work.test.ts. */
test('4000 names behind 125 pointers each are read', () => {
  const chain = [labels('a')];
  for (let i = 0; i < 126; i++) chain.push(pointer(i === 0 ? 45 : 48 + 2 * (i - 1)));
  const hidden = record(owner, TYPE.NULL, Buffer.concat(chain));
  const last = 48 + 2 * 125;
  const answers = [hidden];
  for (let i = 0; i < 4000; i++) answers.push(record(pointer(last), TYPE.CNAME, pointer(last)));
  const octets = answer({ answers });
  expect(octets.length).toBeGreaterThan(55_000);

  expect(responseOf(octets).answers.length).toBe(4001);
});
