/** How much of an answer fits: RFC 1035, 2181. */
import { expect } from 'vitest';
import { FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import type { ResourceRecord } from '../../../src/dns/wire/response.ts';
import { a, aaaa, cname } from '../../support/toy-upstream.ts';
import { opt } from '../wire/packets.ts';
import { desk, query, type Requirement } from './desk.ts';

const many = (count: number, name = 'www.example.org'): readonly ResourceRecord[] =>
  Array.from({ length: count }, (_, i) => a(name, `192.0.2.${i}`));
const LONG = `${'l'.repeat(60)}.${'m'.repeat(60)}.${'n'.repeat(60)}.example`;
const plain = async (records: readonly ResourceRecord[], type = 'A', protocol: 'udp' | 'tcp' = 'udp') => {
  const { answer, upstream } = desk();
  upstream.answers(`www.example.org ${type}`, ...records);
  const [first, again] = [
    await answer(query('www.example.org', type), protocol),
    await answer(query('www.example.org', type), protocol),
  ];
  expect(again.octets, 'the cache gives the same').toEqual(first.octets);
  return first;
};

export const sizes: readonly Requirement[] = [
  {
    rfc: 'RFC 1035',
    section: '4.2.1',
    says: 'without EDNS an answer of 512 octets is whole, with its chain',
    check: async () => {
      const seen = await plain([cname('www.example.org', 'b.example'), ...many(27, 'b.example')]);
      expect([seen.answers.length, seen.flags & FLAG.TC]).toEqual([28, 0]);
      expect(seen.octets.length).toBeLessThanOrEqual(512);
    },
  },
  {
    rfc: 'RFC 1035',
    section: '4.2.1',
    says: 'without EDNS a chain that does not fit is collapsed into addresses of the name that was asked, without TC',
    check: async () => {
      const seen = await plain([cname('www.example.org', LONG, 20), ...many(20, LONG)]);
      expect([seen.answers.length, seen.flags & FLAG.TC]).toEqual([20, 0]);
      expect(seen.answers.every((each) => each.owner === 'www.example.org' && each.ttl === 20)).toBe(true);
    },
  },
  ...(
    [
      ['A', many(100), 29],
      ['AAAA', Array.from({ length: 50 }, (_, i) => aaaa('www.example.org', `2001:db8::${i + 1}`)), 17],
    ] as const
  ).map(([type, records, fit]) => ({
    rfc: 'RFC 2181',
    section: '9',
    says: `without EDNS too many ${type} records are as many whole ones as fit in 512 octets, and TC`,
    check: async () => {
      const seen = await plain(records, type);
      expect([seen.answers.length, seen.flags & FLAG.TC]).toEqual([fit, FLAG.TC]);
      expect(seen.octets.length).toBeLessThanOrEqual(512);
    },
  })),
  {
    rfc: 'RFC 1035',
    section: '4.2.1',
    says: 'without EDNS a TXT record that does not fit is nothing and TC, and whole over TCP',
    check: async () => {
      const rdata = Buffer.concat(Array(3).fill(Buffer.alloc(201, 200)));
      const txt = { ...a('www.example.org', '192.0.2.1'), type: TYPE.TXT, rdata };
      expect(await plain([txt], 'TXT')).toMatchObject({ counts: [1, 0, 0, 0] });
      expect((await plain([txt], 'TXT', 'tcp')).answers).toMatchObject([{ rdata }]);
    },
  },
  {
    rfc: 'RFC 2181',
    section: '9',
    says: 'a small answer after a large one from the same cache: each client what it can read (AdguardTeam/dnsproxy#131)',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', ...many(60));
      const large = query('www.example.org', 'A', { additional: [opt({ size: 1232 })] });
      expect((await answer(large)).answers).toHaveLength(60);
      expect((await answer(query())).answers).toHaveLength(29);
      expect((await answer(query(), 'tcp')).answers).toHaveLength(60);
      expect((await answer(large)).answers).toHaveLength(60);
      expect(upstream.asked).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 1035',
    section: '4.2.2',
    says: 'over TCP 4,000 addresses are whole: 64 kB',
    check: async () => {
      const records = Array.from({ length: 4000 }, (_, i) =>
        a('www.example.org', `198.51.${i >> 8}.${i & 255}`),
      );
      const seen = await plain(records, 'A', 'tcp');
      expect([seen.answers.length, seen.flags & FLAG.TC]).toEqual([4000, 0]);
    },
  },
];
