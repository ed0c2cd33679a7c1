import { expect, test } from 'vitest';
import { bootstrapName, formatUpstream, parseUpstream } from '../../../src/dns/upstream/address.ts';

test.each([
  ['192.168.1.1', 'udp://192.168.1.1:53'],
  ['192.168.1.1:5353', 'udp://192.168.1.1:5353'],
  ['udp://192.168.1.1', 'udp://192.168.1.1:53'],
  ['tcp://192.168.1.1:54', 'tcp://192.168.1.1:54'],
  ['[2001:db8::1]:53', 'udp://[2001:db8::1]:53'],
  ['tcp://[2001:DB8:0::1]', 'tcp://[2001:db8::1]:53'],
  ['2001:db8::1', 'udp://[2001:db8::1]:53'],
  ['udp://[::ffff:192.0.2.1]:53', 'udp://192.0.2.1:53'],
])('%s is %s', (text, id) => {
  expect(formatUpstream(parseUpstream(text))).toBe(id);
  expect(formatUpstream(parseUpstream(id))).toBe(id);
});

test.each([
  ['tls://9.9.9.9', 'tls://9.9.9.9:853'],
  ['tls://9.9.9.9#dns.quad9.net', 'tls://9.9.9.9:853#dns.quad9.net'],
  ['tls://9.9.9.9:8853#DNS.Quad9.net', 'tls://9.9.9.9:8853#dns.quad9.net'],
  ['tls://[2620:fe::fe]#dns.quad9.net', 'tls://[2620:fe::fe]:853#dns.quad9.net'],
  ['tls://2620:fe::fe', 'tls://[2620:fe::fe]:853'],
  ['tls://dns.quad9.net', 'tls://dns.quad9.net:853'],
  ['https://dns.quad9.net/dns-query', 'https://dns.quad9.net/dns-query'],
  ['https://dns.quad9.net', 'https://dns.quad9.net/dns-query'],
  ['https://DNS.example:8443/q?token=1', 'https://dns.example:8443/q?token=1'],
  ['https://9.9.9.9/dns-query#dns.quad9.net', 'https://9.9.9.9/dns-query#dns.quad9.net'],
  ['https://[2620:fe::fe]:443/dns-query', 'https://[2620:fe::fe]/dns-query'],
])('%s is %s', (text, id) => {
  expect(formatUpstream(parseUpstream(text))).toBe(id);
  expect(formatUpstream(parseUpstream(id))).toBe(id);
});

test.each([
  ['tls://9.9.9.9#dns.quad9.net', undefined],
  ['tls://dns.quad9.net', 'dns.quad9.net'],
  ['https://dns.quad9.net/dns-query', 'dns.quad9.net'],
  ['https://9.9.9.9/dns-query', undefined],
  ['udp://9.9.9.9', undefined],
])('%s needs the address of %s', (text, serverName) => {
  expect(bootstrapName(parseUpstream(text))).toBe(serverName);
});

test.each([
  '',
  'dns.quad9.net',
  'udp://',
  'udp://dns.quad9.net:53',
  'quic://192.0.2.1',
  '192.0.2.1:0',
  '192.0.2.1:70000',
  '192.0.2.1:5x',
  '192.0.2.1/24',
  '[192.0.2.1',
  '[2001:db8::1]53',
  'fe80::1%eth0',
  '192.0.2.1:53\n',
  'tls://',
  'tls://9.9.9.9:0',
  'tls://9.9.9.9:70000',
  'tls://9.9.9.9#',
  'tls://9.9.9.9#not a name',
  'tls://dns.quad9.net#other.name',
  'tls://9.9.9.999',
  'tls://[dns.quad9.net',
  'https://',
  'https://dns.quad9.net:0/',
  'https://me:secret@dns.quad9.net/',
  'https://dns.quad9.net/dns-query{?dns}',
  'https://dns.quad9.net/#other.name',
])('%j is no upstream, and the message quotes it', (text) => {
  expect(() => parseUpstream(text)).toThrow(RangeError);
  expect(() => parseUpstream(text)).toThrow(`not an upstream: ${JSON.stringify(text)}`);
});
