/** What an upstream may not do to us, and what the policy may not let through: RFC 2181, 5452, 5625, 8914, and the lists of dns.md. */
import { expect } from 'vitest';
import { FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseResponse } from '../../../src/dns/wire/response.ts';
import { a, aaaa, cname } from '../../support/toy-upstream.ts';
import { allow, deny, type RoomOptions } from '../room.ts';
import { labels, opt, type Parts, packet, pointer, question, record, u16 } from '../wire/packets.ts';
import { desk, query, type Requirement } from './desk.ts';

const qname = labels('www', 'example', 'org');
const owner = pointer(12);
const good = record(owner, TYPE.A, Buffer.of(192, 0, 2, 1));
const malformed = (says: string, parts: Parts): Requirement => ({
  rfc: 'RFC 5452',
  section: '6',
  says: `an upstream message with ${says} is not used`,
  check: () => {
    const octets = packet({ flags: FLAG.QR, questions: [question(qname)], ...parts });
    const expected = { id: 0x1234, qnameOctets: qname, type: TYPE.A, class: 1 };
    expect(parseResponse(octets, expected).kind).toBe('malformed');
  },
});
const mismatch = (says: string, octets: Buffer): Requirement => ({
  rfc: 'RFC 5452',
  section: '9.1',
  says: `an upstream message with ${says} is not the answer`,
  check: () => {
    const expected = { id: 0x1234, qnameOctets: qname, type: TYPE.A, class: 1 };
    expect(parseResponse(octets, expected).kind).toBe('mismatch');
  },
});
const response = (parts: Parts): Buffer => packet({ flags: FLAG.QR, questions: [question(qname)], ...parts });
const ede = (
  says: string,
  code: number,
  options: RoomOptions,
  name: string,
  type = 'A',
  client?: string,
): Requirement => ({
  rfc: 'RFC 8914',
  section: '4',
  says: `${says}: extended error ${code}`,
  check: async () => {
    const { answer } = desk({ ...options, group: { mode: 'enforce', ...options.group } });
    const seen = await answer(query(name, type, { additional: [opt()] }), 'udp', client);
    expect(seen.ede).toBe(code);
    expect(seen.opt.options.get(15)?.length, 'and says why').toBeGreaterThan(2);
  },
});
const cnames = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    cname(i === 0 ? 'www.example.org' : `c${i}.example`, `c${i + 1}.example`),
  );
const rebinding = (address: string, isV6 = address.includes(':')): Requirement => ({
  rfc: 'RFC 5625',
  section: '6.1',
  says: `${address} of a public name is taken out, and told where the rule says private`,
  check: async () => {
    for (const [isPrivate, count] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const type = isV6 ? 'AAAA' : 'A';
      const made = desk({
        group: { mode: 'enforce' },
        rules: [allow('www.example.org', { private: isPrivate })],
      });
      made.upstream.answers(`www.example.org ${type}`, (isV6 ? aaaa : a)('www.example.org', address));
      const seen = await made.answer(query('www.example.org', type));
      expect([seen.rcode, seen.answers.length]).toEqual([RCODE.NOERROR, count]);
    }
  },
});

export const hygiene: readonly Requirement[] = [
  {
    rfc: 'RFC 2181',
    section: '5.4.1',
    says: 'a record that no CNAME leads to is dropped and counted; additional and authority data are never answers',
    check: async () => {
      const { answer, tell, unrelated } = desk();
      const evil = (name: string) => record(labels(name, 'example'), TYPE.A, Buffer.of(203, 0, 113, 66));
      const ns = record(owner, TYPE.NS, labels('ns', 'evil', 'example'));
      tell('www.example.org', 'A', {
        answers: [evil('a'), good, evil('b')],
        authority: [ns, evil('c')],
        additional: [evil('d'), opt()],
      });
      expect((await answer(query())).counts).toEqual([1, 1, 0, 0]);
      expect(unrelated.count).toBe(2);
    },
  },
  {
    rfc: 'RFC 5452',
    section: '6',
    says: 'records of another class and of another type at the name are dropped and counted',
    check: async () => {
      const { answer, tell, unrelated } = desk();
      const txt = record(owner, TYPE.TXT, Buffer.from('\x02hi'));
      tell('www.example.org', 'A', {
        answers: [good, txt, record(owner, TYPE.A, Buffer.of(192, 0, 2, 9), { class: 3 })],
      });
      expect((await answer(query())).answers).toHaveLength(1);
      expect(unrelated.count).toBe(2);
    },
  },
  ...(
    [
      [12, RCODE.NOERROR, 13],
      [13, RCODE.SERVFAIL, 0],
    ] as const
  ).map(([count, rcode, answers]) => ({
    rfc: 'RFC 1034',
    section: '3.6.2',
    says: `a chain of ${count} CNAMEs: rcode ${rcode}`,
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', ...cnames(count), a(`c${count}.example`, '192.0.2.1'));
      const seen = await answer(query('www.example.org', 'A', { additional: [opt({ size: 4096 })] }));
      expect([seen.rcode, seen.answers.length, seen.ede]).toEqual([
        rcode,
        answers,
        rcode === 0 ? undefined : 24,
      ]);
    },
  })),
  {
    rfc: 'RFC 1034',
    section: '3.6.2',
    says: 'CNAMEs that go round end, and give no address',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers(
        'www.example.org A',
        cname('www.example.org', 'b.example'),
        cname('b.example', 'www.example.org'),
      );
      expect((await answer(query())).answers.map((each) => each.type)).toEqual([TYPE.CNAME, TYPE.CNAME]);
    },
  },
  malformed('an A record of 3 octets', { answers: [record(owner, TYPE.A, Buffer.alloc(3))] }),
  malformed('an A record of 16 octets', { answers: [record(owner, TYPE.A, Buffer.alloc(16))] }),
  malformed('an A record without data', { answers: [record(owner, TYPE.A, Buffer.of())] }),
  malformed('an AAAA record of 4 octets', { answers: [record(owner, TYPE.AAAA, Buffer.alloc(4))] }),
  malformed('a record hidden behind a CNAME', {
    answers: [record(owner, TYPE.CNAME, Buffer.concat([qname, good]))],
  }),
  malformed('an RDLENGTH past the end', { answers: [record(owner, 65280, Buffer.of(1), { rdLength: 9 })] }),
  malformed('octets behind the last record', { answers: [good], trailing: Buffer.of(0) }),
  malformed('more records than it counts', { answers: [good, good], counts: [1, 1, 0, 0] }),
  malformed('fewer records than it counts', { answers: [good], counts: [1, 9, 0, 0] }),
  malformed('two OPT', { additional: [opt(), opt()] }),
  malformed('an OPT among its answers', { answers: [opt()] }),
  malformed('an option past its OPT', { additional: [opt({ options: u16(3, 9) })] }),
  malformed('a pointer to itself', {
    answers: [record(pointer(12 + qname.length + 4), TYPE.A, Buffer.alloc(4))],
  }),
  malformed('a pointer forwards', { answers: [record(pointer(60), TYPE.A, Buffer.alloc(4)), good] }),
  malformed('a pointer into the header', { answers: [record(pointer(4), TYPE.A, Buffer.alloc(4))] }),
  malformed('a reserved label type', { answers: [record(Buffer.of(0x41, 1, 0), TYPE.A, Buffer.alloc(4))] }),
  malformed('a name above 255 octets, by pointers', {
    answers: [
      record(
        Buffer.concat([...Array(4).fill(labels('x'.repeat(60)).subarray(0, 61)), pointer(12)]),
        TYPE.A,
        Buffer.alloc(4),
      ),
    ],
  }),
  mismatch('another id', response({ id: 1, answers: [good] })),
  mismatch('QR clear', response({ flags: FLAG.RD, answers: [good] })),
  mismatch('another opcode', response({ flags: FLAG.QR | 0x2000, answers: [good] })),
  mismatch('another name', response({ questions: [question(labels('www', 'example', 'net'))] })),
  mismatch('another type', response({ questions: [question(qname, TYPE.AAAA)] })),
  mismatch('another class', response({ questions: [question(qname, TYPE.A, 3)] })),
  mismatch('the name in another case', response({ questions: [question(labels('WWW', 'example', 'org'))] })),
  mismatch('two questions', response({ questions: [question(qname), question(qname)] })),
  mismatch('no question', packet({ flags: FLAG.QR, answers: [good] })),
  {
    rfc: 'RFC 2181',
    section: '9',
    says: 'the content of a truncated answer is not used',
    check: () => {
      const expected = { id: 0x1234, qnameOctets: qname, type: TYPE.A, class: 1 };
      const parsed = parseResponse(response({ flags: FLAG.QR | FLAG.TC, answers: [good] }), expected);
      expect(parsed).toMatchObject({ response: { truncated: true, answers: [] } });
    },
  },
  ...[
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '172.16.0.1',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
  ].map((address) => rebinding(address)),
  ...[
    '::',
    '::1',
    '::192.168.1.1',
    '64:ff9b::c0a8:101',
    '64:ff9b:1:c0a8:1:100::',
    '2002:c0a8:101::1',
    'fc00::1',
    'fd00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ].map((address) => rebinding(address)),
  {
    rfc: 'RFC 5625',
    section: '6.1',
    says: 'an IPv4-mapped AAAA counts as the IPv4 address it holds',
    check: async () => {
      const { answer, tell } = desk({ group: { mode: 'enforce' }, rules: [allow('www.example.org')] });
      const mapped = Buffer.concat([Buffer.alloc(10), Buffer.of(255, 255, 192, 168, 1, 1)]);
      tell('www.example.org', 'AAAA', { answers: [record(owner, TYPE.AAAA, mapped)] });
      expect((await answer(query('www.example.org', 'AAAA'))).answers).toEqual([]);
    },
  },
  ede('a name without a rule', 15, {}, 'refused.example'),
  ede('a name with a deny rule', 15, { rules: [deny('www.example.org')] }, 'www.example.org'),
  ede('a type that no rule lists', 15, { rules: [allow('www.example.org')] }, 'www.example.org', 'TXT'),
  ede('a name above an allowed one', 15, { rules: [allow('www.example.org')] }, 'example.org'),
  ...(['nodata', 'refused', 'zero'] as const).map((refuse) =>
    ede(`a name refused with ${refuse}`, 15, { group: { refuse } }, 'refused.example'),
  ),
  ede("somebody else's plex.direct", 15, {}, '1-2-3-4.abc.plex.direct'),
  ede(
    'IPv6 where it is off',
    15,
    { group: { ipv6: false }, rules: [allow('www.example.org')] },
    'www.example.org',
    'AAAA',
  ),
  ede('a client of no group', 18, {}, 'www.example.org', 'A', '198.51.100.77'),
  ede('no upstream', 22, { noUpstream: true, rules: [allow('www.example.org')] }, 'www.example.org'),
  ede('a name of special use', 29, {}, 'x.onion'),
  ede('a transfer', 21, {}, 'www.example.org', 'AXFR'),
  ede('a type that no name can have', 30, {}, 'www.example.org', 'TYPE128'),
  {
    rfc: 'RFC 8914',
    section: '4',
    says: 'an answer that lost every address says why: extended error 15',
    check: async () => {
      const { answer, upstream } = desk({ group: { mode: 'enforce' }, rules: [allow('www.example.org')] });
      upstream.answers('www.example.org A', a('www.example.org', '10.0.0.1'));
      expect(await answer(query('www.example.org', 'A', { additional: [opt()] }))).toMatchObject({
        rcode: 0,
        ede: 15,
      });
    },
  },
];
