import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import {
  addressFromOctets,
  addressToOctets,
  compareAddresses,
  familyOf,
  formatPrefix,
  type IpAddress,
  parseIpAddress,
  parsePrefix,
  prefixContains,
} from '../../src/base/ip-address.ts';

const anyAddress: fc.Arbitrary<IpAddress> = fc.oneof(fc.ipV4(), fc.ipV6()).map(parseIpAddress);

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('%s is %s', (text, address) => {
    expect(parseIpAddress(text)).toBe(address);
  });

  test.each([
    '',
    'example.org',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '0x7f.1',
    '1.2.3.256',
    ' 1.2.3.4',
    '2130706433',
    '1.2.3.4/32',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    'fe80::1%eth0',
    '[::1]',
    '::ffff:1.2.3.999',
    '::1 ',
  ])('%j is none', (text) => {
    expect(() => parseIpAddress(text)).toThrow(RangeError);
    expect(() => parseIpAddress(text)).toThrow(JSON.stringify(text));
  });

  test('has one text: reading it again changes nothing', () => {
    fc.assert(fc.property(anyAddress, (address) => parseIpAddress(address) === address));
  });

  test('comes back from its octets', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const octets = addressToOctets(address);
        expect(octets.length).toBe(familyOf(address) === 4 ? 4 : 16);
        expect(addressFromOctets(octets)).toBe(address);
      }),
    );
  });

  test('any 16 octets that map IPv4 count as IPv4', () => {
    const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1);
    expect(addressFromOctets(mapped)).toBe('10.0.0.1');
    expect(familyOf(addressFromOctets(mapped))).toBe(4);
  });

  test('IPv4 sorts before IPv6, and numbers by their value', () => {
    const texts = ['2001:db8::1', '10.0.0.9', '::1', '9.0.0.10', '10.0.0.10'];
    expect(texts.map(parseIpAddress).sort(compareAddresses)).toEqual([
      '9.0.0.10',
      '10.0.0.9',
      '10.0.0.10',
      '::1',
      '2001:db8::1',
    ]);
  });
});

describe('a prefix', () => {
  test.each([
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['192.0.2.77', '192.0.2.77'],
    ['192.0.2.77/32', '192.0.2.77'],
    ['192.0.2.77/0', '0.0.0.0/0'],
    ['2001:DB8:20::5/64', '2001:db8:20::/64'],
    ['2001:db8::5', '2001:db8::5'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, prefix) => {
    expect(formatPrefix(parsePrefix(text))).toBe(prefix);
  });

  test.each([
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/a',
    '::/129',
    'x/8',
    '1.2.3.4/2/4',
    '/8',
  ])('%j is none', (text) => {
    expect(() => parsePrefix(text)).toThrow(RangeError);
  });

  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '192.0.2.1', false],
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['2001:db8:20::/64', '2001:db8:20::ffff', true],
    ['2001:db8:20::/64', '2001:db8:21::', false],
  ])('%s contains %s: %s', (prefix, address, expected) => {
    expect(prefixContains(parsePrefix(prefix), parseIpAddress(address))).toBe(expected);
  });

  test('contains what another implementation says it contains', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (network, address, length) => {
        const prefix = parsePrefix(`${network}/${length}`);
        const expected = ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parse(prefix.address), length);
        expect(prefixContains(prefix, parseIpAddress(address))).toBe(expected);
      }),
    );
  });

  test('contains the address it was made of, whatever its length', () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(128), (address, bits) => {
        const length = familyOf(address) === 4 ? bits % 33 : bits;
        const prefix = parsePrefix(`${address}/${length}`);
        expect(prefixContains(prefix, address)).toBe(true);
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });
});

test('what is matched in octets is what ipaddr.js matches', () => {
  const address = fc.oneof(
    anyAddress,
    fc.constantFrom('10.0.0.1', '10.0.1.1', '2001:db8::1').map(parseIpAddress),
  );
  const cut = fc.oneof(fc.nat(32), fc.nat(128));
  fc.assert(
    fc.property(address, address, cut, (one, other, bits) => {
      const length = Math.min(bits, familyOf(other) === 4 ? 32 : 128);
      const expected =
        familyOf(one) === familyOf(other) && ipaddr.parse(one).match(ipaddr.parse(other) as never, length);
      expect(prefixContains({ family: familyOf(other), address: other, length }, one)).toBe(expected);
      expect(addressToOctets(one)).toEqual(Uint8Array.from(ipaddr.parse(one).toByteArray()));
    }),
  );
});
