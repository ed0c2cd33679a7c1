import { describe, expect, test } from 'vitest';
import { isPrivateAddress, neverOpened } from '../../src/base/address-class.ts';
import { addressFromOctets, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';

const never = neverOpened([
  parsePrefix('198.51.100.53'),
  parsePrefix('100.100.0.0/16'),
  parsePrefix('2001:db8:53::/48'),
]);

describe('an address no public name should have', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '172.31.0.1',
    '192.168.1.1',
    '224.0.0.251',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:192.168.1.1',
    'fd00::1',
    'fe80::1',
    'fec0::1',
    'ff02::fb',
  ])('%s', (address) => {
    expect(isPrivateAddress(parseIpAddress(address))).toBe(true);
    expect(never(parseIpAddress(address))).toBe(true);
  });

  test.each(['64:ff9b::c0a8:101', '64:ff9b:1::a00:1', '2002:c0a8:101::1', '::ffff:0:7f00:1'])(
    '%s, because it leads to one',
    (address) => {
      expect(isPrivateAddress(parseIpAddress(address))).toBe(true);
    },
  );

  test('the same, written as IPv4-compatible (RFC 4291 section 2.5.5.1)', () => {
    expect(isPrivateAddress(addressFromOctets(Uint8Array.from([...Array(12).fill(0), 127, 0, 0, 1])))).toBe(
      true,
    );
  });
});

test.each([
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '2001:db8::1',
  '3fff::1',
  '104.18.26.211',
  '2606:4700::6812:1ad3',
  '64:ff9b::6812:1ad3',
])('%s may be told and opened', (address) => {
  expect(isPrivateAddress(parseIpAddress(address))).toBe(false);
  expect(never(parseIpAddress(address))).toBe(false);
});

test.each([
  ['a public resolver', '1.1.1.1'],
  ['its filtering variant', '1.1.1.2'],
  ['a public resolver', '9.9.9.10'],
  ['a public resolver', '2606:4700:4700::64'],
  ['a reserved range', '240.0.0.1'],
  ['a benchmarking range', '198.18.0.1'],
  ['a discard range', '100::1'],
  ['a tunnel', '2001::1'],
  ['what the owner or we added', '198.51.100.53'],
  ['what the owner or we added', '100.100.1.1'],
  ['what the owner or we added', '2001:db8:53::1'],
])('%s is never opened: %s', (_, address) => {
  expect(never(parseIpAddress(address))).toBe(true);
});
