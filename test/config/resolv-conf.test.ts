import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { resolvConfUpstreams } from '../../src/config/resolv-conf.ts';

test('the name servers of resolv.conf without ourselves', () => {
  const text = `# made by hand
search home.arpa
nameserver 127.0.0.1
nameserver 192.168.1.1   # the router
  nameserver 2001:db8::1
nameserver 192.168.1.1
nameserver fe80::1%eth0
nameserver nonsense
options edns0
`;
  expect(resolvConfUpstreams(text, new Set([parseIpAddress('127.0.0.1')]))).toEqual([
    'udp://192.168.1.1:53',
    'udp://[2001:db8::1]:53',
  ]);
  expect(resolvConfUpstreams('', new Set())).toEqual([]);
});
