/** Header, question and what a query may carry: RFC 1035, 9619, 8906, 5936, 8945. */
import { expect } from 'vitest';
import { FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { a } from '../../support/toy-upstream.ts';
import { labels, opt, type Parts, packet, pointer, question, record, u16 } from '../wire/packets.ts';
import { desk, query, type Requirement } from './desk.ts';

const asked = question(labels('www', 'example', 'org'));
const anA = record(pointer(12), TYPE.A, Buffer.of(192, 0, 2, 1));
const tsig = (mac = 0) =>
  record(
    labels('key'),
    TYPE.TSIG,
    Buffer.concat([labels('hmac-sha256'), u16(0, 0, 0, 300, mac), Buffer.alloc(mac), u16(7, 0, 0)]),
    { ttl: 0, class: 255 },
  );
const sig0 = record(Buffer.of(0), TYPE.SIG, Buffer.concat([Buffer.alloc(18), labels('key'), u16(9, 9)]), {
  ttl: 0,
  class: 255,
});

/** The rcode of the answer to a packet; 'none' for silence. Nothing of it reaches an upstream. */
const rcodeOf = async (octets: Buffer, protocol: 'udp' | 'tcp' = 'udp'): Promise<number | 'none'> => {
  const { send, upstream } = desk();
  const reply = await send(octets, protocol);
  expect(upstream.asked).toEqual([]);
  return reply === undefined ? 'none' : reply.readUInt16BE(2) & 15;
};
const formErr = (rfc: string, section: string, says: string, octets: Buffer): Requirement => ({
  rfc,
  section,
  says: `${says}: FORMERR`,
  check: async () => expect(await rcodeOf(octets)).toBe(RCODE.FORMERR),
});
const answered = async (parts: Parts = {}, type = 'A') => {
  const { answer, upstream } = desk();
  upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
  return answer(query('www.example.org', type, parts));
};

export const messages: readonly Requirement[] = [
  {
    rfc: 'RFC 1035',
    section: '4.1.1',
    says: 'the id is copied, QR and RA are set, AA is clear in what was forwarded',
    check: async () => {
      const { id, flags } = await answered({ id: 0xbeef });
      expect([id, flags]).toEqual([0xbeef, FLAG.QR | FLAG.RD | FLAG.RA]);
    },
  },
  ...[0, FLAG.RD, FLAG.RD | FLAG.CD, FLAG.CD].map((flags) => ({
    rfc: 'RFC 1034',
    section: '4.3.1',
    says: `RD and CD are copied (0x${flags.toString(16).padStart(4, '0')}), from the upstream and from the cache`,
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
      for (const _ of [1, 2])
        expect((await answer(query('www.example.org', 'A', { flags }))).flags).toBe(
          FLAG.QR | FLAG.RA | flags,
        );
    },
  })),
  ...(
    [
      ['Z', 0x40],
      ['AA', FLAG.AA],
      ['TC', FLAG.TC],
      ['RA', FLAG.RA],
      ['an rcode', 5],
      ['all of them', FLAG.AA | FLAG.TC | FLAG.RA | 0x4f],
    ] as const
  ).map(([what, bits]) => ({
    rfc: 'RFC 8906',
    section: '3.1.4',
    says: `${what} in a query is ignored, and Z is zero in the answer`,
    check: async () => {
      const { flags, answers } = await answered({ flags: FLAG.RD | bits });
      expect(flags).toBe(FLAG.QR | FLAG.RD | FLAG.RA);
      expect(answers).toHaveLength(1);
    },
  })),
  ...Array.from({ length: 15 }, (_, i) => ({
    rfc: 'RFC 8906',
    section: '3.1.3',
    says: `opcode ${i + 1} is NOTIMP, the opcode echoed`,
    check: async () => {
      const { answer } = desk();
      const seen = await answer(query('www.example.org', 'A', { flags: (i + 1) << 11 }));
      expect(seen).toMatchObject({ rcode: RCODE.NOTIMP, opcode: i + 1, id: 0x1234 });
    },
  })),
  formErr('RFC 9619', '4', 'QDCOUNT 2 with two questions', packet({ questions: [asked, asked] })),
  formErr('RFC 9619', '4', 'QDCOUNT 2 that lies', packet({ questions: [asked], counts: [2, 0, 0, 0] })),
  formErr('RFC 9619', '4', 'QDCOUNT 65535', packet({ questions: [asked], counts: [65535, 0, 0, 0] })),
  formErr('RFC 9619', '3', 'QDCOUNT 0', packet({})),
  {
    rfc: 'RFC 6891',
    section: '6.1.1',
    says: 'QDCOUNT 0 with an OPT is FORMERR with an OPT',
    check: async () => {
      const { answer } = desk();
      const seen = await answer(packet({ additional: [opt()] }));
      expect(seen).toMatchObject({ rcode: RCODE.FORMERR, counts: [0, 0, 0, 1] });
    },
  },
  formErr('RFC 1035', '4.1', 'an answer record in a query', packet({ questions: [asked], answers: [anA] })),
  formErr(
    'RFC 1035',
    '4.1',
    'an authority record in a query',
    packet({ questions: [asked], authority: [anA] }),
  ),
  formErr('RFC 1035', '4.1', 'an A record as additional', packet({ questions: [asked], additional: [anA] })),
  formErr('RFC 1035', '4.1', 'ANCOUNT that lies', packet({ questions: [asked], counts: [1, 9, 0, 0] })),
  formErr('RFC 1035', '4.1', 'ARCOUNT that lies', packet({ questions: [asked], counts: [1, 0, 0, 1] })),
  formErr(
    'RFC 1035',
    '4.1',
    'all counts at 65535',
    packet({ questions: [asked], counts: [1, 65535, 65535, 65535] }),
  ),
  formErr(
    'RFC 1035',
    '4.1',
    'octets behind the question',
    packet({ questions: [asked], trailing: Buffer.alloc(9) }),
  ),
  formErr(
    'RFC 1035',
    '4.1',
    'octets behind the OPT',
    packet({ questions: [asked], additional: [opt()], trailing: Buffer.of(0) }),
  ),
  formErr(
    'RFC 1035',
    '4.1.2',
    'a question without type and class',
    packet({ questions: [labels('org')], counts: [1, 0, 0, 0] }),
  ),
  formErr('RFC 1035', '4.1.4', 'a pointer as the question', packet({ questions: [question(pointer(12))] })),
  formErr(
    'RFC 1035',
    '4.1.4',
    'a pointer at the end of the question',
    packet({ questions: [question(Buffer.concat([Buffer.from('\x01a'), pointer(4)]))] }),
  ),
  formErr('RFC 1035', '4.1.4', 'label type 01', packet({ questions: [question(Buffer.of(0x41, 97, 0))] })),
  formErr('RFC 1035', '4.1.4', 'label type 10', packet({ questions: [question(Buffer.of(0x80, 97, 0))] })),
  formErr(
    'RFC 1035',
    '2.3.4',
    'a name of 256 octets',
    packet({ questions: [question(labels(...Array(3).fill('x'.repeat(63)), 'y'.repeat(62)))] }),
  ),
  formErr(
    'RFC 1035',
    '2.3.4',
    'a name without an end',
    packet({ questions: [Buffer.of(9, 97)], counts: [1, 0, 0, 0] }),
  ),
  {
    rfc: 'RFC 1035',
    section: '4.1.1',
    says: 'a response sent to us is dropped, over UDP and TCP',
    check: async () => {
      const response = query('www.example.org', 'A', { flags: FLAG.QR | FLAG.RD });
      expect(await rcodeOf(response)).toBe('none');
      expect(await rcodeOf(response, 'tcp')).toBe('none');
    },
  },
  ...[0, 1, 2, 11].map((length) => ({
    rfc: 'RFC 1035',
    section: '4.1.1',
    says: `${length} octets are no message, and get no answer`,
    check: async () => expect(await rcodeOf(Buffer.alloc(length))).toBe('none'),
  })),
  formErr('RFC 1035', '4.1.1', 'a header alone', Buffer.alloc(12)),
  ...(
    [
      ['TSIG', tsig()],
      ['TSIG with a MAC', tsig(32)],
      ['SIG(0)', sig0],
    ] as const
  ).flatMap(([what, signature]) =>
    [[], [opt()]].map((before) => ({
      rfc: 'RFC 8945',
      section: '5.2.1',
      says: `a query signed with ${what}${before.length > 0 ? ' behind an OPT' : ''} is NOTAUTH, and forwarded by nobody (RFC 5625 4.5)`,
      check: async () => {
        const { answer } = desk();
        const seen = await answer(packet({ questions: [asked], additional: [...before, signature] }));
        expect(seen).toMatchObject({ rcode: RCODE.NOTAUTH, counts: [1, 0, 0, before.length] });
      },
    })),
  ),
  formErr(
    'RFC 8945',
    '5.1',
    'a record behind the TSIG',
    packet({ questions: [asked], additional: [tsig(), opt()] }),
  ),
  {
    rfc: 'RFC 4343',
    section: '4.1',
    says: 'the case of the question comes back, from the upstream and from the cache',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
      for (const name of ['wWw.eXaMpLe.ORG', 'WWW.example.org', 'www.EXAMPLE.org']) {
        const seen = await answer(query(name));
        expect(seen.question).toEqual(question(labels(...name.split('.'))));
        expect(seen.answers.map((each) => each.owner)).toEqual([name]);
      }
      expect(upstream.asked).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 1035',
    section: '4.1.2',
    says: 'FORMERR and NOTIMP repeat what could be read of the question',
    check: async () => {
      const { answer } = desk();
      const seen = await answer(packet({ questions: [asked], trailing: Buffer.of(1) }));
      expect(seen).toMatchObject({ question: asked, counts: [1, 0, 0, 0] });
    },
  },
];
