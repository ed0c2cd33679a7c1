/** OPT in full: RFC 6891, 3225, 7871, 7873, 7828, 7830, 8914, and the matrix of ISC's genreport. */
import { expect } from 'vitest';
import { FLAG, RCODE } from '../../../src/dns/wire/constants.ts';
import { a } from '../../support/toy-upstream.ts';
import { allow } from '../room.ts';
import { labels, opt, packet, question, u16 } from '../wire/packets.ts';
import { desk, option, query, type Requirement } from './desk.ts';

const asked = question(labels('www', 'example', 'org'));
type OptParts = Parameters<typeof opt>[0];

const answerTo = async (parts: OptParts | undefined, more: { flags?: number; z?: number } = {}) => {
  const { answer, upstream } = desk();
  upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
  const sent = parts === undefined ? [] : [opt(parts)];
  if (more.z !== undefined) sent[0]?.writeUInt16BE(more.z, 7);
  const flags = more.flags ?? FLAG.RD;
  return { ...(await answer(packet({ flags, questions: [asked], additional: sent }))), upstream };
};
const ignored = (rfc: string, section: string, says: string, options: Buffer): Requirement => ({
  rfc,
  section,
  says: `${says} is ignored and not echoed`,
  check: async () => {
    const seen = await answerTo({ options });
    expect(seen).toMatchObject({ rcode: RCODE.NOERROR, counts: [1, 1, 0, 1] });
    expect(seen.opt.options.size).toBe(0);
  },
});
const formErr = (
  rfc: string,
  section: string,
  says: string,
  ...additional: readonly Buffer[]
): Requirement => ({
  rfc,
  section,
  says: `${says}: FORMERR`,
  check: async () => {
    const { answer, upstream } = desk();
    expect((await answer(packet({ questions: [asked], additional }))).rcode).toBe(RCODE.FORMERR);
    expect(upstream.asked).toEqual([]);
  },
});
const badVersion = (version: number, more: OptParts = {}, flags: number = FLAG.RD): Requirement => ({
  rfc: 'RFC 6891',
  section: '6.1.3',
  says: `version ${version}${more.options ? ' with an unknown option' : ''}${more.dnssecOk ? ' with DO' : ''}${flags === FLAG.RD ? '' : ' with AD and CD'}: BADVERS, version 0, nothing forwarded`,
  check: async () => {
    const seen = await answerTo({ version, ...more }, { flags });
    expect(seen).toMatchObject({ rcode: RCODE.BADVERS, question: asked, counts: [1, 0, 0, 1] });
    expect(seen.opt).toMatchObject({ version: 0, size: 1232, flags: more.dnssecOk ? 0x8000 : 0 });
    expect(seen.opt.options.size).toBe(0);
    expect(seen.upstream.asked).toEqual([]);
  },
});

export const edns: readonly Requirement[] = [
  {
    rfc: 'RFC 6891',
    section: '6.1.1',
    says: 'no OPT in the answer without one in the query',
    check: async () => expect((await answerTo(undefined)).counts).toEqual([1, 1, 0, 0]),
  },
  {
    rfc: 'RFC 6891',
    section: '6.1.1',
    says: 'one OPT in the answer to one in the query: root owner, version 0, 1232 octets',
    check: async () => {
      const seen = await answerTo({});
      expect(seen.opts).toMatchObject([{ owner: '' }]);
      expect(seen.opt).toMatchObject({ size: 1232, version: 0, flags: 0 });
    },
  },
  {
    rfc: 'RFC 6891',
    section: '6.1.1',
    says: 'cached answers have an OPT for who sends one, and none for the others (AdguardTeam/dnsproxy#80)',
    check: async () => {
      const { answer, upstream } = desk();
      upstream.answers('www.example.org A', a('www.example.org', '192.0.2.1'));
      const plain = query();
      const withOpt = packet({ questions: [asked], additional: [opt()] });
      const counts = [];
      for (const octets of [plain, withOpt, plain, withOpt]) counts.push((await answer(octets)).opts.length);
      expect(counts).toEqual([0, 1, 0, 1]);
      expect(upstream.asked).toHaveLength(1);
    },
  },
  formErr('RFC 6891', '6.1.1', 'two OPT', opt(), opt()),
  formErr('RFC 6891', '6.1.2', 'an OPT with an owner', opt({ owner: labels('a') })),
  formErr('RFC 6891', '6.1.2', 'an RDLENGTH past the end', opt({ rdLength: 40 })),
  formErr('RFC 6891', '6.1.2', 'an option past its OPT', opt({ options: option(65001, Buffer.of(1), 9) })),
  formErr('RFC 6891', '6.1.2', 'half an option', opt({ options: Buffer.of(0, 10) })),
  formErr('RFC 6891', '6.1.2', 'half an OPT', opt().subarray(0, 7)),
  ignored('RFC 6891', '6.1.2', 'an unknown option', option(65001, Buffer.from('abc'))),
  ignored('RFC 6891', '6.1.2', 'option code 0', option(0)),
  ignored('RFC 6891', '6.1.2', 'option code 65535', option(65535, Buffer.alloc(20))),
  ignored('RFC 6891', '6.1.2', 'a hundred options', Buffer.concat(Array(100).fill(option(65001)))),
  ignored('RFC 7873', '5.2', 'a client cookie', option(10, Buffer.alloc(8, 7))),
  ignored('RFC 7873', '5.2', 'a cookie of a wrong length', option(10, Buffer.alloc(3))),
  ignored('RFC 7873', '5.2', 'a client and server cookie', option(10, Buffer.alloc(24, 7))),
  ignored(
    'RFC 7871',
    '7.1.2',
    'a client subnet, which is not passed on',
    option(8, Buffer.of(0, 1, 24, 0, 192, 0, 2)),
  ),
  ignored('RFC 7871', '7.1.2', 'an empty client subnet', option(8)),
  ignored('RFC 7828', '3.2.2', 'TCP keepalive over UDP', option(11)),
  ignored('RFC 7830', '3', 'padding over UDP', option(12, Buffer.alloc(64))),
  ignored('RFC 5001', '2.1', 'NSID', option(3)),
  ignored('RFC 7314', '2', 'EXPIRE', option(9)),
  ignored('RFC 8914', '2', 'an extended error in a query', option(15, u16(15))),
  badVersion(1),
  badVersion(255),
  badVersion(1, { options: option(65001, Buffer.of(1)) }),
  badVersion(1, { dnssecOk: true }),
  badVersion(1, {}, FLAG.RD | FLAG.AD | FLAG.CD),
  {
    rfc: 'RFC 6891',
    section: '6.1.4',
    says: 'unknown flags are ignored, and zero in the answer',
    check: async () => expect((await answerTo({}, { z: 0x7fff })).opt.flags).toBe(0),
  },
  {
    rfc: 'RFC 3225',
    section: '3',
    says: 'DO is copied, from the upstream and from the cache, beside unknown flags as well',
    check: async () => {
      const { answer } = desk();
      const withDo = opt({ dnssecOk: true });
      withDo.writeUInt16BE(0xffff, 7);
      for (const _ of [1, 2])
        expect((await answer(packet({ questions: [asked], additional: [withDo] }))).opt.flags).toBe(0x8000);
      expect((await answer(packet({ questions: [asked], additional: [opt()] }))).opt.flags).toBe(0);
    },
  },
  ...[0, 511, 512, 1231, 1232, 4096, 65535].map((size) => ({
    rfc: 'RFC 6891',
    section: '6.2.3',
    says: `an offer of ${size} octets gets at most ${Math.min(Math.max(size, 512), 1232)}, and TC when more was there (RFC 9715)`,
    check: async () => {
      const { answer, upstream } = desk();
      const many = Array.from({ length: 100 }, (_, i) => a('www.example.org', `192.0.2.${i}`));
      upstream.answers('www.example.org A', ...many);
      const seen = await answer(packet({ questions: [asked], additional: [opt({ size })] }));
      expect(seen.octets.length).toBeLessThanOrEqual(Math.min(Math.max(size, 512), 1232));
      expect(seen).toMatchObject({ counts: [1, 0, 0, 1] });
      expect(seen.flags & FLAG.TC).not.toBe(0);
    },
  })),
  {
    rfc: 'RFC 6891',
    section: '6.2.3',
    says: 'an answer that fits in what was offered is whole, and not truncated',
    check: async () => {
      const { answer, upstream } = desk();
      const some = Array.from({ length: 60 }, (_, i) => a('www.example.org', `192.0.2.${i}`));
      upstream.answers('www.example.org A', ...some);
      const seen = await answer(packet({ questions: [asked], additional: [opt({ size: 1232 })] }));
      expect([seen.answers.length, seen.flags & FLAG.TC]).toEqual([60, 0]);
    },
  },
  {
    rfc: 'RFC 6891',
    section: '7',
    says: 'refusals, failures and answers of our own have an OPT as well',
    check: async () => {
      const { answer } = desk({
        noUpstream: true,
        group: { mode: 'enforce' },
        rules: [allow('www.example.org')],
      });
      for (const name of ['www.example.org', 'refused.example', 'localhost', 'x.onion'])
        expect((await answer(query(name, 'A', { additional: [opt()] }))).opts).toHaveLength(1);
    },
  },
  {
    rfc: 'RFC 8914',
    section: '2',
    says: 'no extended error without an OPT, and none that ends in NUL',
    check: async () => {
      const { answer } = desk({ group: { mode: 'enforce' } });
      expect((await answer(query('refused.example'))).counts).toEqual([1, 0, 1, 0]);
      const seen = await answer(query('refused.example', 'A', { additional: [opt()] }));
      const text = seen.opt.options.get(15)?.subarray(2).toString('utf8');
      expect(text).toBe(
        'no rule allows refused.example; it can be allowed among the refused names of Sallyport',
      );
    },
  },
];
