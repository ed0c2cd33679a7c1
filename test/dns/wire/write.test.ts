import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDomainName } from '../../../src/base/domain-name.ts';
import { parseIpAddress } from '../../../src/base/ip-address.ts';
import { CLASS, EDE, FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { nameOctets } from '../../../src/dns/wire/name.ts';
import { parseQuery, replyLimit } from '../../../src/dns/wire/query.ts';
import {
  aaaaRecord,
  addressOf,
  aRecord,
  cnameRecord,
  soaRecord,
  txtRecord,
} from '../../../src/dns/wire/records.ts';
import { parseResponse, type ResourceRecord, type Response } from '../../../src/dns/wire/response.ts';
import { type Reply, writeQuery, writeReply } from '../../../src/dns/wire/write.ts';
import { ask, labels, name, opt, u16 } from './packets.ts';

const qname = name('www.example.org');
const addresses = (owner: string, count: number): ResourceRecord[] =>
  Array.from({ length: count }, (_, i) => aRecord(name(owner), 300, parseIpAddress(`192.0.2.${i}`)));

function reply(parts: Partial<Reply> = {}): Buffer {
  const query = parts.query ?? ask('www.example.org');
  return writeReply({
    query,
    rcode: RCODE.NOERROR,
    answers: [],
    authority: [],
    limit: replyLimit(query, 'udp'),
    ...parts,
  });
}

/** What our own reader makes of a reply; fails the test when it is malformed. */
function read(octets: Buffer, query = ask('www.example.org')): Response {
  const { type, class: questionClass } = query.question;
  const expected = { id: query.id, qnameOctets: query.qnameOctets, type, class: questionClass };
  const parsed = parseResponse(octets, expected);
  if (parsed.kind !== 'response') throw new Error(`${parsed.kind}: ${parsed.why}`);
  return parsed.response;
}

const soa = (owner: string): ResourceRecord =>
  soaRecord(name(owner), 5, {
    primary: name('sallyport.invalid'),
    mailbox: name('nobody.invalid'),
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86400,
    minimum: 5,
  });

describe('a reply', () => {
  test('repeats the question in the case it was asked, and copies RD and CD', () => {
    const query = ask('www.example.org', TYPE.A, {
      id: 7,
      flags: FLAG.RD | FLAG.CD,
      qnameOctets: labels('wWw', 'eXample', 'org'),
    });
    const decoded = dnsPacket.decode(reply({ query, answers: addresses('www.example.org', 1) }));
    expect(decoded).toMatchObject({
      id: 7,
      type: 'response',
      rcode: 'NOERROR',
      flag_rd: true,
      flag_cd: true,
      flag_ra: true,
      flag_aa: false,
      flag_ad: false,
      flag_tc: false,
      questions: [{ name: 'wWw.eXample.org', type: 'A' }],
      answers: [{ name: 'wWw.eXample.org', type: 'A', ttl: 300, data: '192.0.2.0' }],
      additionals: [],
    });
  });

  test('clears RD where the query had none', () => {
    expect(dnsPacket.decode(reply({ query: ask('a', TYPE.A, { flags: 0 }) })).flag_rd).toBe(false);
  });

  test.each([
    ['sent AD', FLAG.AD, undefined, true],
    ['sent DO', 0, opt({ dnssecOk: true }), true],
    ['sent neither', 0, opt(), false],
  ])('tells AD to a client that %s', (_, flags, edns, told) => {
    const query = ask('www.example.org', TYPE.A, edns === undefined ? { flags } : { flags, edns });
    expect(dnsPacket.decode(reply({ query, authenticData: true })).flag_ad).toBe(told);
    expect(dnsPacket.decode(reply({ query, authenticData: false })).flag_ad).toBe(false);
  });

  test('has an OPT of our own exactly when the query had one', () => {
    const query = ask('www.example.org', TYPE.A, { edns: opt({ size: 4096, dnssecOk: true }) });
    expect(dnsPacket.decode(reply({ query })).additionals).toMatchObject([
      { type: 'OPT', name: '.', udpPayloadSize: 1232, ednsVersion: 0, flag_do: true, options: [] },
    ]);
    expect(dnsPacket.decode(reply()).additionals).toEqual([]);
  });

  test('carries the upper bits of an rcode in the OPT, and says SERVFAIL where there is none', () => {
    const query = ask('www.example.org', TYPE.A, { edns: opt() });
    expect(read(reply({ query, rcode: 23 }), query).rcode).toBe(23);
    expect(read(reply({ rcode: 23 })).rcode).toBe(RCODE.SERVFAIL);
  });

  test('is read back as it was written', () => {
    const answers = [
      cnameRecord(qname, 60, name('cdn.example.net')),
      aRecord(name('cdn.example.net'), 30, parseIpAddress('198.51.100.7')),
      aaaaRecord(name('cdn.example.net'), 30, parseIpAddress('2001:db8::7')),
      txtRecord(name('example.net'), 0, ['a', 'b'.repeat(255)]),
    ];
    const response = read(reply({ answers, authority: [soa('example.org')], limit: 65535 }));
    expect(response.answers).toEqual(answers);
    expect(response.authority).toEqual([soa('example.org')]);
  });
});

describe('compression', () => {
  test('20 addresses of a long name fit in about 420 octets', () => {
    const long = `${'x'.repeat(40)}.${'y'.repeat(30)}.example.org`;
    const octets = reply({ query: ask(long), answers: addresses(long, 20) });
    expect(octets.length).toBe(12 + nameOctets(name(long)).length + 4 + 20 * 16);
    expect(octets.length).toBeLessThan(430);
    expect(dnsPacket.decode(octets).answers?.map((answer) => answer.name)).toEqual(Array(20).fill(long));
  });

  test('names in data of RFC 1035 types are compressed, those of younger types are not', () => {
    const target = labels('sip', 'example', 'org');
    const srv: ResourceRecord = {
      owner: qname,
      type: TYPE.SRV,
      class: CLASS.IN,
      ttl: 1,
      rdata: Buffer.concat([u16(1, 2, 443), target]),
    };
    const plain = reply({ answers: [srv] });
    expect(plain.subarray(-target.length)).toEqual(target);

    const mx = { ...srv, type: TYPE.MX, rdata: Buffer.concat([u16(10), target]) };
    const compressed = reply({ answers: [mx] });
    expect(compressed.length).toBe(12 + 17 + 4 + 12 + 2 + 4 + 2);
    expect(dnsPacket.decode(compressed).answers).toMatchObject([
      { type: 'MX', data: { preference: 10, exchange: 'sip.example.org' } },
    ]);
  });

  test('no pointer reaches beyond 14 bits', () => {
    const filler = txtRecord(qname, 1, Array(80).fill('x'.repeat(255)));
    const late = addresses('late.example.net', 3);
    const response = read(reply({ answers: [filler, ...late], limit: 65535 }));
    expect(response.answers.slice(1)).toEqual(late);
  });

  test('the case of names in data is kept', () => {
    const rdata = labels('CDN', 'Example', 'net');
    const cname = { owner: qname, type: TYPE.CNAME, class: CLASS.IN, ttl: 1, rdata };
    expect(read(reply({ answers: [cname] })).answers[0]?.rdata).toEqual(rdata);
  });

  test('data that grew above 65535 octets by decompression does not fit, and says so', () => {
    const huge = { owner: qname, type: TYPE.SIG, class: CLASS.IN, ttl: 1, rdata: Buffer.alloc(65_700) };
    expect(read(reply({ answers: [huge], limit: 65535 }))).toMatchObject({ truncated: true });
  });

  test('whatever records are written are read back, and dns-packet agrees on their names', () => {
    const octet = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const label = fc
      .string({ unit: octet, minLength: 1, maxLength: 20 })
      .filter((text) => !/[.\\A-Z]/.test(text));
    const anyName = fc.array(label, { minLength: 1, maxLength: 6 }).map((parts) => name(parts.join('.')));
    const ttl = fc.nat(0x7fffffff);
    const anyRecord = fc.oneof(
      fc.tuple(anyName, ttl, anyName).map(([owner, seconds, to]) => cnameRecord(owner, seconds, to)),
      fc
        .tuple(anyName, ttl, fc.ipV4())
        .map(([owner, seconds, address]) => aRecord(owner, seconds, parseIpAddress(address))),
    );
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 40 }), (answers) => {
        const octets = reply({ answers, limit: 65535 });
        expect(read(octets).answers).toEqual(answers);
        expect(dnsPacket.decode(octets).answers?.map((answer) => answer.name)).toEqual(
          // It knows no patterns, and writes a star as it is.
          answers.map((answer) => formatDomainName(answer.owner).replaceAll('\\*', '*')),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('a reply that does not fit', () => {
  const many = addresses('www.example.org', 100);
  const withOpt = ask('www.example.org', TYPE.A, { edns: opt({ size: 512, dnssecOk: true }) });

  test('with an OPT is question, OPT and TC', () => {
    const octets = reply({ query: withOpt, answers: many });
    expect(octets.length).toBe(12 + 21 + 11);
    expect(dnsPacket.decode(octets)).toMatchObject({
      flag_tc: true,
      answers: [],
      additionals: [{ flag_do: true }],
    });
  });

  test('over TCP is whole', () => {
    expect(read(reply({ query: withOpt, answers: many, limit: 65535 }), withOpt).answers).toHaveLength(100);
  });

  test('without an OPT keeps its chain while everything fits in 512 octets', () => {
    const answers = [cnameRecord(qname, 60, name('a.example.net')), ...addresses('a.example.net', 5)];
    expect(read(reply({ answers })).answers).toEqual(answers);
  });

  test('without an OPT loses its chain first: the addresses then belong to the qname, for the shortest TTL', () => {
    const far = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.net`;
    const answers = [
      cnameRecord(qname, 20, name('x.example.net')),
      cnameRecord(name('x.example.net'), 90, name(far)),
      ...addresses(far, 18),
    ];
    const octets = reply({ answers });
    const response = read(octets);
    expect(octets.length).toBeLessThanOrEqual(512);
    expect(response.truncated).toBe(false);
    expect(response.answers.map(addressOf)).toEqual(answers.slice(2).map(addressOf));
    expect(response.answers.every(({ owner, ttl }) => owner === qname && ttl === 20)).toBe(true);
  });

  test('without an OPT is as many whole addresses as fit, and TC', () => {
    const octets = reply({ answers: many });
    expect(octets.length).toBe(12 + 21 + 29 * 16);
    const decoded = dnsPacket.decode(octets);
    expect(decoded.flag_tc).toBe(true);
    expect(decoded.answers).toHaveLength(29);
  });

  test('without an OPT the IPv6 addresses are counted in whole as well', () => {
    const query = ask('www.example.org', TYPE.AAAA);
    const answers = Array.from({ length: 40 }, (_, i) =>
      aaaaRecord(qname, 9, parseIpAddress(`2001:db8::${i + 1}`)),
    );
    const decoded = dnsPacket.decode(reply({ query, answers }));
    expect(decoded.flag_tc).toBe(true);
    expect(decoded.answers).toHaveLength(Math.floor((512 - 33) / 28));
  });

  test('without an OPT and without addresses is the question and TC', () => {
    const query = ask('www.example.org', TYPE.TXT);
    const answers = [txtRecord(qname, 1, Array(3).fill('x'.repeat(200)))];
    expect(dnsPacket.decode(reply({ query, answers }))).toMatchObject({ flag_tc: true, answers: [] });
  });

  test('the authority section of a full answer goes before TC is set', () => {
    const query = ask('www.example.org', TYPE.A, { edns: opt({ size: 512 }) });
    const authority = [txtRecord(qname, 1, ['x'.repeat(200)])];
    const response = read(reply({ query, answers: addresses('www.example.org', 20), authority }), query);
    expect(response).toMatchObject({ truncated: false, authority: [] });
    expect(response.answers).toHaveLength(20);
  });

  test('the longest name there is leaves room for a question, an OPT and TC', () => {
    const long = labels('a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61));
    const query = ask('x', TYPE.A, { qnameOctets: long, edns: opt({ size: 0 }) });
    const answers = addresses('www.example.org', 100);
    expect(read(reply({ query, answers, limit: 0 }), query).truncated).toBe(true);
  });
});

describe('an extended error', () => {
  const query = ask('www.example.org', TYPE.A, { edns: opt({ size: 512 }) });
  const ede = { code: EDE.BLOCKED, text: 'not allowed for plex, see the list of refused names' };
  const options = (octets: Buffer): Buffer => {
    const decoded = dnsPacket.decode(octets).additionals?.[0];
    if (decoded?.type !== 'OPT') throw new Error('no OPT');
    return Buffer.concat(
      decoded.options.map((option) => ('data' in option ? (option.data as Buffer) : Buffer.of())),
    );
  };

  test('has its code and its text in the OPT', () => {
    const octets = options(reply({ query, rcode: RCODE.NXDOMAIN, authority: [soa('www.example.org')], ede }));
    expect(octets.readUInt16BE(0)).toBe(15);
    expect(octets.subarray(2).toString('utf8')).toBe(ede.text);
  });

  test('is not sent without an OPT', () => {
    expect(dnsPacket.decode(reply({ ede })).additionals).toEqual([]);
  });

  test.each([
    [25, 2],
    [29, 0],
  ])('with %i addresses %i octets of it are left', (count, left) => {
    const octets = reply({
      query,
      answers: addresses('www.example.org', count),
      ede: { ...ede, text: 'x'.repeat(99) },
    });
    expect(read(octets, query).answers).toHaveLength(count);
    expect(options(octets)).toHaveLength(left);
  });

  test('never has a text that does not fit anything', () => {
    const octets = reply({ query, ede: { code: 0, text: 'é'.repeat(100_000) }, limit: 65535 });
    expect(options(octets).length).toBe(2 + 512);
  });
});

describe('a query of ours', () => {
  const parts = {
    id: 99,
    qnameOctets: labels('wWw', 'example', 'org'),
    type: TYPE.HTTPS,
    class: CLASS.IN,
    recursionDesired: true,
    checkingDisabled: true,
    dnssecOk: true,
    edns: true,
  };

  test('offers 1232 octets and copies RD, CD and DO', () => {
    const octets = writeQuery(parts);
    expect(dnsPacket.decode(octets)).toMatchObject({
      id: 99,
      type: 'query',
      flag_rd: true,
      flag_cd: true,
      flag_ad: false,
      questions: [{ name: 'wWw.example.org' }],
      additionals: [{ type: 'OPT', udpPayloadSize: 1232, flag_do: true, options: [] }],
    });
    expect(parseQuery(octets)).toMatchObject({ kind: 'query', query: { question: { type: TYPE.HTTPS } } });
  });

  test('has no OPT for a server that cannot read one', () => {
    expect(parseQuery(writeQuery({ ...parts, edns: false }))).toMatchObject({ query: { edns: undefined } });
  });
});

describe('records of our own', () => {
  test.each<[string, () => ResourceRecord, RegExp]>([
    [
      'an IPv6 address in A',
      () => aRecord(qname, 1, parseIpAddress('2001:db8::1')),
      /IPv4 address: 2001:db8::1/,
    ],
    [
      'an IPv4 address in AAAA',
      () => aaaaRecord(qname, 1, parseIpAddress('192.0.2.1')),
      /IPv6 address: 192.0.2.1/,
    ],
    ['a TTL below 0', () => cnameRecord(qname, -1, qname), /not a TTL: -1/],
    ['a TTL of half a second', () => cnameRecord(qname, 0.5, qname), /not a TTL: 0.5/],
    ['a TTL of 32 bits', () => cnameRecord(qname, 2 ** 31, qname), /not a TTL/],
    ['a TXT string of 256 octets', () => txtRecord(qname, 1, ['é'.repeat(128)]), /256 octets/],
    ['a TXT without strings', () => txtRecord(qname, 1, []), /at least one string/],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });
});
