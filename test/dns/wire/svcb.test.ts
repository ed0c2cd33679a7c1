import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hintsOf,
  parseServiceBinding,
  SVC_PARAM,
  withHints,
  withoutParam,
  writeServiceBinding,
} from '../../../src/dns/wire/svcb.ts';
import { labels, u16 } from './packets.ts';

const FOO = labels('foo', 'example', 'com');
const param = (key: number, value: Buffer): Buffer => Buffer.concat([u16(key, value.length), value]);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 9460 appendix D.1 and D.2, as generic record data. */
describe('the vectors of RFC 9460', () => {
  test.each<[string, string]>([
    ['figure 2: an alias', '0000 03666f6f 076578616d706c65 03636f6d 00'],
    ['figure 3: the target is the owner', '0001 00'],
    ['figure 4: a port', '0010 03666f6f 076578616d706c65 03636f6d 00 0003 0002 0035'],
    ['figure 5: a key without a name', '0001 03666f6f 076578616d706c65 03636f6d 00 029b 0005 68656c6c6f'],
    [
      'figure 6: a value with any octets',
      '0001 03666f6f 076578616d706c65 03636f6d 00 029b 0009 68656c6c6fd2716f6f',
    ],
    [
      'figure 7: two IPv6 hints',
      '0001 03666f6f 076578616d706c65 03636f6d 00 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001',
    ],
    [
      'figure 8: an IPv6 hint written as IPv4',
      '0001 076578616d706c65 03636f6d 00 0006 0010 20010db80122034400000000c0000221',
    ],
    [
      'figure 9: keys in order, some of them mandatory',
      '0010 03666f6f 076578616d706c65 036f7267 00 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201',
    ],
    [
      'figure 10: an ALPN with comma and backslash',
      '0010 03666f6f 076578616d706c65 036f7267 00 0001 000c 08665c6f6f2c626172 026832',
    ],
  ])('%s', (_, text) => {
    const rdata = hex(text);
    const binding = parseServiceBinding(rdata);
    expect(binding).toBeDefined();
    expect(binding && writeServiceBinding(binding)).toEqual(rdata);
  });

  test('the hints are read as addresses', () => {
    const binding = parseServiceBinding(
      hex('0001 00 0004 0008 c0000201 c6336407 0006 0010 20010db8000000000000000000530001'),
    );
    expect(binding && hintsOf(binding)).toEqual(['192.0.2.1', '198.51.100.7', '2001:db8::53:1']);
  });
});

/** Appendix D.3, and what else a client has to reject (sections 2.2, 7 and 8). */
test.each<[string, readonly Buffer[]]>([
  ['figure 11: the same key twice', [param(667, Buffer.from('a')), param(667, Buffer.from('b'))]],
  ['keys out of order', [param(3, u16(53)), param(1, Buffer.from('\x02h2'))]],
  ['figure 12: a mandatory list without keys', [param(SVC_PARAM.MANDATORY, Buffer.of())]],
  ['an ALPN without a protocol', [param(SVC_PARAM.ALPN, Buffer.of())]],
  ['an empty protocol in ALPN', [param(SVC_PARAM.ALPN, Buffer.of(0))]],
  ['a protocol past the end of ALPN', [param(SVC_PARAM.ALPN, Buffer.of(3, 0x68, 0x32))]],
  ['a port without a number', [param(SVC_PARAM.PORT, Buffer.of())]],
  ['a port of three octets', [param(SVC_PARAM.PORT, Buffer.alloc(3))]],
  ['an IPv4 hint without an address', [param(SVC_PARAM.IPV4HINT, Buffer.of())]],
  ['an IPv4 hint of five octets', [param(SVC_PARAM.IPV4HINT, Buffer.alloc(5))]],
  ['an IPv6 hint of four octets', [param(SVC_PARAM.IPV6HINT, Buffer.alloc(4))]],
  ['an ECH without data', [param(SVC_PARAM.ECH, Buffer.of())]],
  [
    'figure 13: a value in no-default-alpn',
    [param(SVC_PARAM.ALPN, Buffer.from('\x02h2')), param(SVC_PARAM.NO_DEFAULT_ALPN, Buffer.from('abc'))],
  ],
  ['no-default-alpn alone', [param(SVC_PARAM.NO_DEFAULT_ALPN, Buffer.of())]],
  ['figure 14: a mandatory key that is not there', [param(SVC_PARAM.MANDATORY, u16(123))]],
  ['figure 15: mandatory in its own list', [param(SVC_PARAM.MANDATORY, u16(0))]],
  [
    'figure 16: a key twice in the mandatory list',
    [param(SVC_PARAM.MANDATORY, u16(123, 123)), param(123, Buffer.from('abc'))],
  ],
  ['half a key', [Buffer.of(0, 1, 0)]],
  ['a value past the end', [u16(1, 4, 0)]],
])('%s is malformed', (_, params) => {
  expect(parseServiceBinding(Buffer.concat([u16(1), FOO, ...params]))).toBeUndefined();
});

test.each<[string, Buffer]>([
  ['no data', Buffer.of()],
  ['no target', u16(1)],
  ['a compressed target', Buffer.of(0, 1, 0xc0, 0x0c)],
  ['a target without an end', Buffer.of(0, 1, 3, 0x66, 0x6f)],
])('%s is malformed', (_, rdata) => {
  expect(parseServiceBinding(rdata)).toBeUndefined();
});

test('the parameters of an alias mean nothing, so they cannot be wrong', () => {
  expect(parseServiceBinding(Buffer.concat([u16(0), FOO, param(3, Buffer.of(1))]))).toBeDefined();
});

describe('taking out', () => {
  const full = Buffer.concat([
    u16(1),
    labels('CDN', 'example'),
    param(SVC_PARAM.MANDATORY, u16(SVC_PARAM.ALPN, SVC_PARAM.IPV4HINT, SVC_PARAM.ECH)),
    param(SVC_PARAM.ALPN, Buffer.from('\x02h2')),
    param(SVC_PARAM.IPV4HINT, Buffer.of(192, 0, 2, 1, 192, 0, 2, 2)),
    param(SVC_PARAM.ECH, Buffer.from('secret')),
    param(65_000, Buffer.from('unknown')),
  ]);
  const read = (rdata: Buffer) => {
    const binding = parseServiceBinding(rdata);
    if (binding === undefined) throw new Error('malformed');
    return binding;
  };
  const keys = (rdata: Buffer) => [...read(rdata).params.keys()];

  test('some hints leaves the others', () => {
    const less = withHints(read(full), (hint) => hint === '192.0.2.2');
    expect(hintsOf(less)).toEqual(['192.0.2.2']);
    expect(keys(writeServiceBinding(less))).toEqual([0, 1, 4, 5, 65_000]);
  });

  test('all hints, and ECH, takes their keys from the mandatory list; unknown keys and the case of the target stay', () => {
    const less = withoutParam(
      withHints(read(full), () => false),
      SVC_PARAM.ECH,
    );
    const again = read(writeServiceBinding(less));
    expect([...again.params.keys()]).toEqual([0, 1, 65_000]);
    expect(again.params.get(SVC_PARAM.MANDATORY)).toEqual(u16(SVC_PARAM.ALPN));
    expect(again.target).toEqual(labels('CDN', 'example'));
  });

  test('the last mandatory key takes the list with it', () => {
    const only = Buffer.concat([
      u16(1, 0).subarray(0, 3),
      param(SVC_PARAM.MANDATORY, u16(SVC_PARAM.ECH)),
      param(SVC_PARAM.ECH, Buffer.from('x')),
    ]);
    expect(writeServiceBinding(withoutParam(read(only), SVC_PARAM.ECH))).toEqual(Buffer.of(0, 1, 0));
  });

  test('nothing gives the same binding back', () => {
    const binding = read(full);
    expect(withHints(binding, () => true)).toBe(binding);
    expect(withoutParam(binding, SVC_PARAM.PORT)).toBe(binding);
  });
});

test('what is read is written back octet for octet, and what is made poorer is still well-formed', () => {
  const value = fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets));
  const params = fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 65_000), value), { maxLength: 6 });
  fc.assert(
    fc.property(fc.nat(0xffff), params, (priority, pairs) => {
      const sorted = pairs.toSorted(([a], [b]) => a - b).map(([key, octets]) => param(key, octets));
      const rdata = Buffer.concat([u16(priority), FOO, ...sorted]);
      const binding = parseServiceBinding(rdata);
      if (binding === undefined) return;
      expect(writeServiceBinding(binding)).toEqual(rdata);
      const poorer = withoutParam(
        withHints(binding, () => false),
        SVC_PARAM.ECH,
      );
      expect(parseServiceBinding(writeServiceBinding(poorer))).toBeDefined();
    }),
    { numRuns: 2000 },
  );
});
