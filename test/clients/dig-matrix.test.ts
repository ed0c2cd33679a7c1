/**
 * What ISC's genreport asks name servers, and more, put to the running product by dig and kdig themselves: both check the
 * reply's octets as they read them, and neither shares a line with us.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DigEdns, type DigReply, readDig } from '../../scripts/clients/dig-output.ts';
import { openRoom, RESOLVER, RESOLVER_IPV6, type Room } from '../../scripts/clients/room.ts';
import type { Zone } from '../../scripts/toy-internet/zone.ts';

const HOME = 'home.example.net';
const THIRTY = 'thirty.example.net';
const NINETY = 'ninety.example.net';
const REFUSED = 'tracker.example.com';

const many = (count: number) => Array.from({ length: count }, (_, i) => `198.51.100.${i + 10}`);
const ZONE: Zone = {
  [HOME]: { a: ['198.51.100.1'], aaaa: ['2001:db8:ffff::1'], txt: ['a text'], ttl: 3600 },
  [THIRTY]: { a: many(30), ttl: 3600 },
  [NINETY]: { a: many(90), ttl: 3600 },
};
const CONFIG = `
groups:
  - name: asked
    clients: [${RESOLVER.dual}, '${RESOLVER_IPV6}']
    mode: enforce
    rules:
      - { allow: .example.net, types: [ANY] }
`;

/** One try, so that the answer shown is the answer to the question meant, and no options that are not asked for. */
const DIG = ['dig', '+tries=1', '+time=4', '+nocookie', '+noad'];
const KDIG = ['kdig', '+retry=0', '+time=4'];

interface Expected {
  readonly said: string;
  /** Behind qr and ra, which every reply has. */
  readonly flags: string;
  readonly answers?: number;
  /** Undefined: no OPT at all. */
  readonly edns: Partial<DigEdns> | undefined;
}

/** Of this version, with no flag and no option of the asker's echoed. */
const OPT: DigEdns = { version: 0, flags: '', udpSize: 1232, options: [] };
const DO = { ...OPT, flags: 'do' };
const answered = (more: Partial<Expected> = {}): Expected => ({
  said: 'NOERROR',
  flags: 'rd',
  answers: 1,
  edns: OPT,
  ...more,
});
const not = (said: string, more: Partial<Expected> = {}): Expected => answered({ said, answers: 0, ...more });
const blocked = { ...OPT, options: [expect.stringMatching(/^EDE: 15 \(Blocked\)/)] };
const notSupported = { ...OPT, options: [expect.stringMatching(/^EDE: 21 \(Not Supported\)/)] };

const MATRIX: readonly (readonly [rule: string, question: string, expected: Expected])[] = [
  // RFC 6891 section 6.1.1: an OPT in the reply when there was one in the query, and only then.
  ['no OPT is not answered with one', `+noedns ${HOME}`, answered({ edns: undefined })],
  ['an OPT is answered with one', `+edns=0 ${HOME}`, answered()],
  ['a refusal has its OPT, and says why', REFUSED, not('NXDOMAIN', { edns: blocked })],
  ['a refusal without OPT', `+noedns ${REFUSED}`, not('NXDOMAIN', { edns: undefined })],
  // Section 6.1.3: our version is 0, and nothing but that is said to another.
  ['another version', `+edns=1 +noednsneg ${HOME}`, not('BADVERS')],
  ['the highest version', `+edns=255 +noednsneg ${HOME}`, not('BADVERS')],
  ['another version, negotiated', `+edns=1 ${HOME}`, answered()],
  ['another version of a refused name', `+edns=1 +noednsneg ${REFUSED}`, not('BADVERS')],
  ['another version with an option', `+edns=1 +noednsneg +ednsopt=100 ${HOME}`, not('BADVERS')],
  ['another version with unknown flags', `+edns=1 +noednsneg +ednsflags=0x80 ${HOME}`, not('BADVERS')],
  ['another version with DO', `+edns=1 +noednsneg +dnssec ${HOME}`, not('BADVERS', { edns: DO })],
  // Section 6.1.2: options nobody knows are nobody's trouble, and are not sent back.
  ['an unknown option', `+ednsopt=100 ${HOME}`, answered()],
  ['an unknown option with data', `+ednsopt=100:0102 ${HOME}`, answered()],
  ['the last option', `+ednsopt=65535:ff ${HOME}`, answered()],
  ['a cookie', `+cookie ${HOME}`, answered()],
  ['NSID', `+nsid ${HOME}`, answered()],
  ['EXPIRE', `+expire ${HOME}`, answered()],
  ['padding', `+padding=128 ${HOME}`, answered()],
  ['keep-alive over UDP', `+notcp +keepalive ${HOME}`, answered()],
  ['a client subnet', `+subnet=192.0.2.0/24 ${HOME}`, answered()],
  ['no client subnet, please', `+subnet=0 ${HOME}`, answered()],
  ['many options', `+cookie +nsid +expire +subnet=192.0.2.0/24 +padding=64 ${HOME}`, answered()],
  // Section 6.1.4: DO is copied, other flags are zero.
  ['unknown EDNS flags', `+ednsflags=0x80 ${HOME}`, answered()],
  ['DO', `+dnssec ${HOME}`, answered({ edns: DO })],
  ['DO on a refused name', `+dnssec ${REFUSED}`, not('NXDOMAIN', { edns: { ...blocked, flags: 'do' } })],
  // RFC 1035 section 4.1.1, RFC 6840 section 5.7 and RFC 4035 section 3.2.2: flags of the header.
  ['no recursion desired', `+norec ${HOME}`, answered({ flags: '' })],
  ['checking disabled', `+cdflag ${HOME}`, answered({ flags: 'rd cd' })],
  ['AD, but nobody vouched', `+adflag ${HOME}`, answered()],
  ['AA and Z', `+aaflag +zflag ${HOME}`, answered()],
  // RFC 2181 section 9: TC exactly when something does not fit.
  ['30 addresses in 512', `+bufsize=512 +ignore ${THIRTY}`, answered({ flags: 'tc rd', answers: 0 })],
  ['a size below 512 is 512', `+bufsize=1 ${HOME}`, answered()],
  [
    'a size of 0, too large an answer',
    `+bufsize=0 +ignore ${THIRTY}`,
    answered({ flags: 'tc rd', answers: 0 }),
  ],
  ['30 addresses in 1232', `+bufsize=1232 +ignore ${THIRTY}`, answered({ answers: 30 })],
  ['never above 1232 over UDP', `+bufsize=4096 +ignore ${NINETY}`, answered({ flags: 'tc rd', answers: 0 })],
  [
    'as many as fit without EDNS',
    `+noedns +ignore ${THIRTY}`,
    answered({ flags: 'tc rd', answers: 29, edns: undefined }),
  ],
  ['again over TCP', `+bufsize=512 ${NINETY}`, answered({ answers: 90 })],
  ['again over TCP, without EDNS', `+noedns ${NINETY}`, answered({ answers: 90, edns: undefined })],
  // RFC 7766 section 5: TCP is no less.
  ['TCP', `+tcp ${HOME}`, answered()],
  ['TCP without EDNS', `+tcp +noedns ${HOME}`, answered({ edns: undefined })],
  ['the size of UDP says nothing over TCP', `+tcp +bufsize=512 ${NINETY}`, answered({ answers: 90 })],
  ['another version over TCP', `+tcp +edns=1 +noednsneg ${HOME}`, not('BADVERS')],
  ['a refused name over TCP', `+tcp ${REFUSED}`, not('NXDOMAIN', { edns: blocked })],
  ['IPv6', `@${RESOLVER_IPV6} ${HOME}`, answered()],
  ['IPv6 and TCP', `@${RESOLVER_IPV6} +tcp ${NINETY}`, answered({ answers: 90 })],
  // RFC 1035 section 4.1.1 and RFC 8906 section 3: what is not implemented is said to be so, with the opcode given back.
  ['a reserved opcode', `+opcode=15 ${HOME}`, not('NOTIMP')],
  ['a reserved opcode without EDNS', `+opcode=15 +noedns ${HOME}`, not('NOTIMP', { edns: undefined })],
  ['a reserved opcode, header only', '+opcode=15 +header-only +noedns', not('NOTIMP', { edns: undefined })],
  ['IQUERY', `+opcode=1 ${HOME}`, not('NOTIMP')],
  ['STATUS', `+opcode=2 ${HOME}`, not('NOTIMP')],
  ['NOTIFY', `+opcode=4 ${HOME}`, not('NOTIMP')],
  ['UPDATE', `+opcode=5 ${HOME}`, not('NOTIMP')],
  ['a reserved opcode over TCP', `+tcp +opcode=15 ${HOME}`, not('NOTIMP')],
  // RFC 9619: a query has one question.
  ['no question', `+header-only +noedns ${HOME}`, not('FORMERR', { edns: undefined })],
  // RFC 3597: unknown types are asked for as any other.
  ['an unknown type', `-t TYPE1000 ${HOME}`, not('NODATA')],
  ['a type for private use', `-t TYPE65280 ${HOME}`, not('NODATA')],
  ['a type for private use, refused', `-t TYPE65280 ${REFUSED}`, not('NXDOMAIN', { edns: blocked })],
  ['TXT', `-t TXT ${HOME}`, answered()],
  ['SOA of a name that is no zone', `-t SOA ${HOME}`, not('NODATA')],
  // RFC 8482: one small record, over whatever transport.
  ['ANY', `-t ANY +notcp ${HOME}`, answered()],
  ['ANY over TCP', `-t ANY ${HOME}`, answered()],
  ['ANY of a refused name', `-t ANY +notcp ${REFUSED}`, not('NXDOMAIN', { edns: blocked })],
  // Other classes are nobody's here.
  ['CHAOS version.bind', '-c CH -t TXT version.bind', not('REFUSED', { edns: notSupported })],
  ['class HS', `-c HS ${HOME}`, not('REFUSED', { edns: notSupported })],
  ['class ANY', `-c ANY ${HOME}`, not('REFUSED', { edns: notSupported })],
  ['a class for private use', `-c CLASS65280 ${HOME}`, not('REFUSED', { edns: notSupported })],
];

const KDIG_MATRIX: readonly (readonly [rule: string, question: string, expected: Expected])[] = [
  ['no OPT', HOME, answered({ edns: undefined })],
  ['an OPT', `+edns ${HOME}`, answered()],
  ['another version', `+edns=1 ${HOME}`, not('BADVERS')],
  ['an unknown option', `+edns +ednsopt=65001:aa ${HOME}`, answered()],
  ['a cookie', `+cookie ${HOME}`, answered()],
  ['NSID and a client subnet', `+nsid +subnet=192.0.2.0/24 ${HOME}`, answered()],
  ['padding', `+alignment=128 +edns ${HOME}`, answered()],
  ['DO', `+dnssec ${HOME}`, answered({ edns: DO })],
  ['DO and CD', `+dnssec +cdflag ${HOME}`, answered({ edns: DO, flags: 'rd cd' })],
  ['no recursion desired', `+nordflag +edns ${HOME}`, answered({ flags: '' })],
  ['Z', `+zflag ${HOME}`, answered({ edns: undefined })],
  ['mixed case is the same name', '+edns HoMe.eXaMpLe.NeT', answered()],
  ['30 addresses in 512', `+bufsize=512 +ignore ${THIRTY}`, answered({ flags: 'tc rd', answers: 0 })],
  [
    'as many as fit without EDNS',
    `+ignore ${NINETY}`,
    answered({ flags: 'tc rd', answers: 29, edns: undefined }),
  ],
  ['again over TCP', NINETY, answered({ answers: 90, edns: undefined })],
  ['TCP', `+tcp +edns ${HOME}`, answered()],
  ['a type for private use', `-t TYPE65280 +edns ${HOME}`, not('NODATA')],
  ['class CH', `-c CH +edns ${HOME}`, not('REFUSED', { edns: notSupported })],
  [
    'a refused name',
    `+edns ${REFUSED}`,
    not('NXDOMAIN', { edns: { ...OPT, options: [expect.stringMatching(/^EDE: 15/)] } }),
  ],
];

let room: Room;
beforeAll(async () => {
  room = await openRoom({ zone: ZONE, config: CONFIG, anAllowedName: HOME });
});
afterAll(() => room?.close());

test.each(MATRIX)('dig: %s', async (_, question, expected) => {
  expect(await only(DIG, question)).toMatchObject(seen(expected));
});

test.each(KDIG_MATRIX)('kdig: %s', async (_, question, expected) => {
  expect(await only(KDIG, question)).toMatchObject(seen(expected));
});

test.each([DIG, KDIG])('%s: two questions over one connection', async (...program) => {
  const { stdout, stderr } = await room.run('dual', [...program, '+tcp', '+keepopen', HOME, HOME, 'AAAA']);
  expect(readDig(stdout).flatMap((reply) => reply.addresses)).toEqual(['198.51.100.1', '2001:db8:ffff::1']);
  expect(stdout + stderr).not.toMatch(COMPLAINT);
});

test.each(['-t AXFR', '-t IXFR=1'])('dig %s: no zone leaves the house', async (transfer) => {
  const { stdout } = await room.run('dual', [...DIG, ...transfer.split(' '), HOME]);
  expect(stdout).toContain('Transfer failed');
});

/** What the two print when a reply is not as it should be; kdig warns of one that is cut, too. */
const COMPLAINT =
  /warning(?!: truncated)|mismatch|malformed|extra bytes|bad packet|timed out|communications error/i;

/** The one reply; fails when the program found fault with it, or there is none. */
async function only(program: readonly string[], question: string): Promise<DigReply> {
  const { stdout, stderr } = await room.run('dual', [...program, ...question.split(' ')]);
  const [reply, ...more] = readDig(stdout).slice(-1);
  if (reply === undefined || more.length > 0) throw new Error(`${question}: no reply:\n${stdout}${stderr}`);
  if (COMPLAINT.test(stdout + stderr)) throw new Error(`${question}:\n${stdout}${stderr}`);
  return reply;
}

/** In the order the programs print them: qr [aa] [tc] [rd] ra [ad] [cd]. */
function seen({ said, flags, answers = 0, edns }: Expected): object {
  return {
    said,
    edns,
    flags: inOrder(flags),
    answers: expect.objectContaining({ length: answers }),
  };
}

function inOrder(flags: string): readonly string[] {
  const all = new Set(['qr', 'ra', ...flags.split(' ').filter(Boolean)]);
  return ['qr', 'aa', 'tc', 'rd', 'ra', 'ad', 'cd'].filter((flag) => all.has(flag));
}
