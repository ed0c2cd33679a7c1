/** What is told, and for how long: RFC 1035, 2181, 2308, 4035, 6840, 8767, 9520. */
import { expect } from 'vitest';
import { FLAG, RCODE, TYPE } from '../../../src/dns/wire/constants.ts';
import { a, aaaa, cname, soa } from '../../support/toy-upstream.ts';
import { allow } from '../room.ts';
import { labels, opt, packet, pointer, question, record } from '../wire/packets.ts';
import { desk, query, type Requirement } from './desk.ts';

const told = async (options: { ttl: number; after: number }) => {
  const { answer, upstream, clock } = desk();
  upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1', options.ttl));
  await answer(query());
  clock.advance(options.after * 1000);
  const { answers } = await answer(query());
  return { ttl: answers[0]?.ttl, asked: upstream.asked.length };
};
const negative = (rcode: number, minimum: number, ttl: number) => {
  const made = desk();
  made.upstream.responds('www.example.org A', { rcode, authority: [soa('example.org', minimum, ttl)] });
  return made;
};
const rrsig = (owner: string) => ({ ...a(owner, '192.0.2.1'), type: TYPE.RRSIG, rdata: Buffer.alloc(30, 1) });
const withDo = packet({
  questions: [question(labels('www', 'example', 'org'))],
  additional: [opt({ dnssecOk: true })],
});

export const answers: readonly Requirement[] = [
  {
    rfc: 'RFC 1034',
    section: '5.3.3',
    says: 'TTLs count down in the cache, and the answer is asked for again when they end',
    check: async () => {
      expect(await told({ ttl: 300, after: 100 })).toEqual({ ttl: 200, asked: 1 });
      expect(await told({ ttl: 300, after: 299 })).toEqual({ ttl: 1, asked: 1 });
      expect(await told({ ttl: 300, after: 300 })).toEqual({ ttl: 300, asked: 2 });
    },
  },
  {
    rfc: 'RFC 1035',
    section: '3.2.1',
    says: 'TTL 0 is told as 0 and never repeated (AdguardTeam/AdGuardHome#8310)',
    check: async () => expect(await told({ ttl: 0, after: 0 })).toEqual({ ttl: 0, asked: 2 }),
  },
  {
    rfc: 'RFC 2181',
    section: '8',
    says: 'a TTL with the top bit set is 0',
    check: async () => {
      const { answer, tell } = desk();
      tell('www.example.org', 'A', {
        answers: [record(pointer(12), TYPE.A, Buffer.of(192, 0, 2, 1), { ttl: 0x80000001 })],
      });
      expect((await answer(query())).answers).toMatchObject([{ ttl: 0 }]);
    },
  },
  {
    rfc: 'RFC 2181',
    section: '5.2',
    says: 'the records of a set have one TTL, the least',
    check: async () => {
      const txt = (ttl: number, text: string) => ({
        ...a('www.example.org', '192.0.2.1', ttl),
        type: TYPE.TXT,
        rdata: Buffer.from(text),
      });
      const { answer, upstream } = desk();
      upstream.answers('www.example.org TXT', txt(300, '\x01a'), txt(30, '\x01b'), txt(600, '\x01c'));
      const seen = await answer(query('www.example.org', 'TXT'));
      expect(seen.answers.map((each) => each.ttl)).toEqual([30, 30, 30]);
    },
  },
  ...[RCODE.NOERROR, RCODE.NXDOMAIN].map((rcode) => ({
    rfc: 'RFC 2308',
    section: '2',
    says: `rcode ${rcode} without data keeps its SOA, which counts down in the cache`,
    check: async () => {
      const { answer, clock, upstream } = negative(rcode, 60, 900);
      expect(await answer(query())).toMatchObject({
        rcode,
        counts: [1, 0, 1, 0],
        authority: [{ type: TYPE.SOA, ttl: 60 }],
      });
      clock.advance(40_000);
      expect((await answer(query())).authority).toMatchObject([{ ttl: 20 }]);
      expect(upstream.asked).toHaveLength(1);
      clock.advance(20_000);
      await answer(query());
      expect(upstream.asked).toHaveLength(2);
    },
  })),
  {
    rfc: 'RFC 2308',
    section: '5',
    says: 'without a SOA a negative answer is not kept',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.responds('www.example.org A', { rcode: RCODE.NXDOMAIN });
      await answer(query());
      await answer(query());
      expect(upstream.asked).toHaveLength(2);
    },
  },
  {
    rfc: 'RFC 2308',
    section: '5',
    says: 'NODATA is kept for its type alone',
    check: async () => {
      const { answer, upstream } = negative(RCODE.NOERROR, 60, 60);
      upstream.answers('www.example.org AAAA', aaaa('www.example.org', '2001:db8::1'));
      await answer(query());
      expect((await answer(query('www.example.org', 'AAAA'))).answers).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 2308',
    section: '2.1',
    says: 'NXDOMAIN behind a CNAME keeps the CNAME and says NXDOMAIN',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.responds('www.example.org A', {
        rcode: RCODE.NXDOMAIN,
        answers: [cname('www.example.org', 'gone.example')],
        authority: [soa('example')],
      });
      expect(await answer(query())).toMatchObject({ rcode: RCODE.NXDOMAIN, counts: [1, 1, 1, 0] });
    },
  },
  {
    rfc: 'RFC 9520',
    section: '3.2',
    says: 'a failure is SERVFAIL with an extended error, and nothing that failed is kept as an answer',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
      upstream.fails(true);
      const seen = await answer(query('www.example.org', 'A', { additional: [opt()] }));
      expect(seen).toMatchObject({ rcode: RCODE.SERVFAIL, ede: 22, counts: [1, 0, 0, 1] });
      expect(upstream.asked.length).toBeLessThanOrEqual(1);
    },
  },
  {
    rfc: 'RFC 8767',
    section: '5',
    says: 'stale data only when the upstream fails: TTL 30 and extended error 3',
    check: async () => {
      const { answer, upstream, clock } = desk();
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1', 10));
      await answer(query());
      clock.advance(60_000);
      upstream.fails(true);
      const seen = await answer(query('www.example.org', 'A', { additional: [opt()] }));
      expect(seen).toMatchObject({ rcode: RCODE.NOERROR, ede: 3, answers: [{ ttl: 30 }] });
    },
  },
  {
    rfc: 'RFC 4035',
    section: '3.2.1',
    says: 'signatures and proofs only for who sets DO, whatever the upstream sends',
    check: async () => {
      const { answer, upstream } = desk();
      const nsec = { ...rrsig('example.org'), type: TYPE.NSEC, rdata: Buffer.of(0) };
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'), rrsig('www.example.org'));
      upstream.responds('www.example.org AAAA', {
        authority: [soa('example.org'), nsec, rrsig('example.org')],
      });
      expect((await answer(query())).counts).toEqual([1, 1, 0, 0]);
      expect((await answer(query('www.example.org', 'AAAA'))).counts).toEqual([1, 0, 1, 0]);
      expect((await answer(withDo)).counts).toEqual([1, 2, 0, 1]);
      const negativeDo = query('www.example.org', 'AAAA', { additional: [opt({ dnssecOk: true })] });
      expect((await answer(negativeDo)).counts).toEqual([1, 0, 3, 1]);
    },
  },
  {
    rfc: 'RFC 4035',
    section: '3.2.1',
    says: 'RRSIG asked for by name is answered without DO',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org RRSIG', rrsig('www.example.org'));
      expect((await answer(query('www.example.org', 'RRSIG'))).answers).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 6840',
    section: '5.8',
    says: 'AD of an upstream over clear text is told to nobody, with AD, DO or neither (AdguardTeam/dnsproxy#130)',
    check: async () => {
      const { answer, upstream } = desk({ rules: [allow('www.example.org')] });
      upstream.responds('www.example.org A', {
        answers: [a('www.example.org', '192.0.2.1')],
        authenticData: true,
      });
      for (const octets of [query(), query('www.example.org', 'A', { flags: FLAG.RD | FLAG.AD }), withDo])
        expect((await answer(octets)).flags & FLAG.AD).toBe(0);
    },
  },
];
