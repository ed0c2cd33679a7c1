import { expect, test } from 'vitest';
import { formatUpstream, parseUpstream } from '../../../src/dns/upstream/open.ts';

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

test.each(['tls://9.9.9.9#dns.quad9.net', 'https://dns.quad9.net/dns-query'])('%s comes later', (text) => {
  expect(() => parseUpstream(text)).toThrow(RangeError);
  expect(() => parseUpstream(text)).toThrow(`not built yet: "${text}"`);
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
])('%j is no upstream, and the message quotes it', (text) => {
  expect(() => parseUpstream(text)).toThrow(RangeError);
  expect(() => parseUpstream(text)).toThrow(`not an upstream: ${JSON.stringify(text)}`);
});
