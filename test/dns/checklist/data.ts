/** Names, types and classes: RFC 1034, 1035, 2181, 3597, 4343, 5936, 6672, 6895, 8482, 9460. */
import { expect } from 'vitest';
import { CLASS, FLAG, RCODE, TYPE, typeNumber } from '../../../src/dns/wire/constants.ts';
import { a, cname } from '../../support/toy-upstream.ts';
import { allow } from '../room.ts';
import { labels, opt, type Parts, packet, pointer, question, record, u16 } from '../wire/packets.ts';
import { desk, query, type Requirement } from './desk.ts';

const owner = pointer(12);
/** What the upstream sent is what the client gets, from the upstream and from the cache. */
const passes = (type: string, rdata: Buffer, says: string, rfc = 'RFC 3597', section = '3'): Requirement => ({
  rfc,
  section,
  says,
  check: async () => {
    const { answer, tell, upstream } = desk();
    tell('www.example.org', type, { answers: [record(owner, typeNumber(type), rdata, { ttl: 77 })] });
    for (const _ of [1, 2]) {
      const { answers } = await answer(query('www.example.org', type), 'tcp');
      expect(answers.map(({ ttl, rdata: got }) => [ttl, got.toString('hex')])).toEqual([
        [77, rdata.toString('hex')],
      ]);
    }
    expect(upstream.asked).toHaveLength(1);
  },
});
/** Compressed by the upstream, plain from us. */
const unpacked = (type: string, packed: Buffer, plain: Buffer): Requirement => ({
  rfc: 'RFC 3597',
  section: '4',
  says: `a name in ${type} is written without compression, also when it came compressed`,
  check: async () => {
    const { answer, tell } = desk();
    tell('www.example.org', type, { answers: [record(owner, typeNumber(type), packed)] });
    expect((await answer(query('www.example.org', type))).answers[0]?.rdata).toEqual(plain);
  },
});
const exact = (says: string, qname: Buffer): Requirement => ({
  rfc: 'RFC 2181',
  section: '11',
  says: `${says}: asked, answered and given back octet for octet`,
  check: async () => {
    const { answer, upstream } = desk();
    const seen = await answer(packet({ questions: [question(qname)], additional: [opt({ size: 4096 })] }));
    expect(seen.question).toEqual(question(qname));
    expect(seen.rcode).toBe(RCODE.NXDOMAIN);
    expect(upstream.asked).toHaveLength(1);
  },
});
const refusedType = (
  type: number,
  rcode: number,
  rfc: string,
  section: string,
  protocol: 'udp' | 'tcp' = 'udp',
): Requirement => ({
  rfc,
  section,
  says: `a question for type ${type} over ${protocol} is answered with rcode ${rcode} and an extended error, and not forwarded`,
  check: async () => {
    const { answer, upstream } = desk();
    const asked = packet({ questions: [question(labels('org'), type)], additional: [opt()] });
    const seen = await answer(asked, protocol);
    expect(seen.rcode).toBe(rcode);
    expect(seen.ede).toBeDefined();
    expect(upstream.asked).toEqual([]);
  },
});
const www = labels('www', 'example', 'org');
const ixfr: Parts = {
  questions: [question(labels('org'), TYPE.IXFR)],
  authority: [record(owner, TYPE.SOA, Buffer.concat([pointer(12), pointer(12), Buffer.alloc(20)]))],
};

export const data: readonly Requirement[] = [
  exact('the root', Buffer.of(0)),
  exact('a label of 63 octets', labels('x'.repeat(63), 'org')),
  exact('a name of 255 octets', labels(...Array(3).fill('x'.repeat(63)), 'y'.repeat(61))),
  exact('127 labels', labels(...Array(127).fill('z'))),
  exact('a dot inside a label', labels('www.example', 'org')),
  exact('NUL in a label', labels('a\0b', 'org')),
  exact('0xFF in a label', labels('\xff\xfe', 'org')),
  exact('a backslash, a space and a star', labels('*', '\\ ', 'org')),
  exact('an underscore and a dash in front', labels('_x', '-y', 'org')),
  {
    rfc: 'RFC 2181',
    section: '11',
    says: 'a label that contains a dot is not two labels: the allowlist is not fooled',
    check: async () => {
      const { answer, upstream } = desk({ group: { mode: 'enforce' }, rules: [allow('www.example.org')] });
      const seen = await answer(packet({ questions: [question(labels('www.example', 'org'))] }));
      expect(seen.rcode).toBe(RCODE.NXDOMAIN);
      expect(upstream.asked).toEqual([]);
    },
  },
  ...[CLASS.CH, CLASS.HS, CLASS.NONE, CLASS.ANY, 0, 2, 65280].map((recordClass) => ({
    rfc: 'RFC 6895',
    section: '3.2',
    says: `class ${recordClass} is REFUSED with an extended error, and not forwarded`,
    check: async () => {
      const { answer, upstream } = desk();
      const seen = await answer(query('version.bind', 'TXT', { class: recordClass, additional: [opt()] }));
      expect(seen).toMatchObject({ rcode: RCODE.REFUSED, ede: 21, counts: [1, 0, 0, 1] });
      expect(upstream.asked).toEqual([]);
    },
  })),
  refusedType(0, RCODE.FORMERR, 'RFC 6895', '3.1'),
  refusedType(TYPE.OPT, RCODE.FORMERR, 'RFC 6891', '6.1.1'),
  ...[128, 200, 248, TYPE.TKEY, TYPE.TSIG].map((type) => refusedType(type, RCODE.FORMERR, 'RFC 6895', '3.1')),
  refusedType(TYPE.MAILB, RCODE.NOTIMP, 'RFC 8906', '3.1.2'),
  refusedType(TYPE.MAILA, RCODE.NOTIMP, 'RFC 8906', '3.1.2'),
  refusedType(TYPE.AXFR, RCODE.REFUSED, 'RFC 5936', '2.2.1'),
  refusedType(TYPE.AXFR, RCODE.REFUSED, 'RFC 5936', '2.2.1', 'tcp'),
  refusedType(TYPE.IXFR, RCODE.REFUSED, 'RFC 1995', '2'),
  {
    rfc: 'RFC 1995',
    section: '3',
    says: 'IXFR as it is asked, with the SOA that the client has, is REFUSED and not FORMERR',
    check: async () => expect((await desk().answer(packet(ixfr), 'tcp')).rcode).toBe(RCODE.REFUSED),
  },
  {
    rfc: 'RFC 8482',
    section: '4.2',
    says: 'ANY gets one HINFO, never more octets than any other answer, and asks nobody',
    check: async () => {
      const { answer, upstream } = desk();
      const seen = await answer(query('www.example.org', 'ANY'));
      expect(seen.answers).toMatchObject([{ type: TYPE.HINFO, rdata: Buffer.from('\x07RFC8482\0') }]);
      expect(upstream.asked).toEqual([]);
    },
  },
  passes(
    'TYPE65280',
    Buffer.of(0xc0, 0x0c, 0, 255, 1),
    'a private type is byte for byte, pointers in it untouched',
  ),
  passes('TYPE65280', Buffer.of(), 'a record without data keeps RDLENGTH 0'),
  passes('TYPE65534', Buffer.alloc(20_000, 7), '20,000 octets of an unknown type'),
  passes('CAA', Buffer.from('\0\x05issueca.example'), 'CAA'),
  passes('TLSA', Buffer.of(3, 1, 1, 1, 2, 3, 4), 'TLSA'),
  passes('SSHFP', Buffer.of(9, 9, 1, 2, 3), 'SSHFP with unknown numbers'),
  passes('DS', Buffer.of(0, 1, 8, 2, 1, 2, 3), 'DS'),
  passes('DNSKEY', Buffer.of(1, 1, 3, 8, 1, 2, 3), 'DNSKEY'),
  passes('NAPTR', Buffer.concat([u16(1, 2), Buffer.from('\x01u\x00\x01x'), labels('a', 'b')]), 'NAPTR'),
  passes('LOC', Buffer.alloc(16, 3), 'LOC'),
  passes('URI', Buffer.from('\0\x01\0\x01https://example.org'), 'URI'),
  passes('OPENPGPKEY', Buffer.alloc(600, 1), 'OPENPGPKEY'),
  passes(
    'TXT',
    Buffer.concat([Buffer.from('\x00\x01a\xff', 'latin1'), Buffer.alloc(255, 0xfe)]),
    'TXT with empty and full strings of any octets',
    'RFC 1035',
    '3.3.14',
  ),
  passes(
    'HTTPS',
    Buffer.of(0, 1, 0, 0, 4, 0, 4, 198, 51, 100, 7, 0, 5, 0, 2, 9, 9, 0xfd, 0xe8, 0, 1, 5),
    'HTTPS with hints, ECH and an unknown key, in a group without a gate',
    'RFC 9460',
    '4.2',
  ),
  passes(
    'SVCB',
    Buffer.concat([u16(1), labels('Target', 'Example')]),
    'SVCB, the target uncompressed and in its case',
    'RFC 9460',
    '2.2',
  ),
  passes(
    'SRV',
    Buffer.concat([u16(1, 2, 443), labels('SIP', 'example', 'org')]),
    'SRV, the target uncompressed though it could be compressed',
    'RFC 2782',
    'Target',
  ),
  unpacked('SRV', Buffer.concat([u16(1, 2, 3), owner]), Buffer.concat([u16(1, 2, 3), www])),
  unpacked('DNAME', owner, www),
  unpacked('RP', Buffer.concat([owner, owner]), Buffer.concat([www, www])),
  unpacked('KX', Buffer.concat([u16(1), owner]), Buffer.concat([u16(1), www])),
  {
    rfc: 'RFC 1035',
    section: '4.1.4',
    says: 'owners and names in MX are compressed: a second occurrence takes two octets',
    check: async () => {
      const { answer, tell } = desk();
      tell('www.example.org', 'MX', { answers: [record(www, TYPE.MX, Buffer.concat([u16(10), www]))] });
      const seen = await answer(query('www.example.org', 'MX'));
      expect(seen.octets.length).toBe(12 + 21 + 12 + 4);
    },
  },
  ...(['udp', 'tcp'] as const).map((protocol) => ({
    rfc: 'RFC 1034',
    section: '3.6.2',
    says: `CNAMEs come in their order over ${protocol}, whatever order they arrived in`,
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers(
        'www.example.org A',
        a('c.example', '192.0.2.1'),
        cname('b.example', 'c.example'),
        cname('a.example', 'b.example'),
        cname('www.example.org', 'a.example'),
      );
      for (const _ of [1, 2])
        expect((await answer(query(), protocol)).answers.map((each) => each.owner)).toEqual([
          'www.example.org',
          'a.example',
          'b.example',
          'c.example',
        ]);
    },
  })),
  {
    rfc: 'RFC 1034',
    section: '3.6.2',
    says: 'a question for CNAME gets the CNAME and does not follow it',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers(
        'www.example.org CNAME',
        cname('www.example.org', 'a.example'),
        cname('a.example', 'b.example'),
      );
      expect((await answer(query('www.example.org', 'CNAME'))).answers).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 6672',
    section: '3.1',
    says: 'a DNAME stands in front of its CNAME; an upstream that sends none has it synthesised',
    check: async () => {
      for (const withCname of [true, false]) {
        const { answer, upstream } = desk();
        const dname = { ...cname('example.org', 'example.net'), type: TYPE.DNAME };
        const made = withCname ? [cname('www.example.org', 'www.example.net')] : [];
        upstream.answers('www.example.org A', a('www.example.net', '192.0.2.1'), ...made, dname);
        const { answers, flags } = await answer(query());
        expect(answers.map(({ owner: of, type }) => [of, type])).toEqual([
          ['example.org', TYPE.DNAME],
          ['www.example.org', TYPE.CNAME],
          ['www.example.net', TYPE.A],
        ]);
        expect(flags & FLAG.AA).toBe(0);
      }
    },
  },
];
