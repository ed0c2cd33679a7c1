import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPeer } from '../../src/api/access/peer.ts';
import { parsePrefix, prefixMatcher } from '../../src/base/ip-address.ts';

const isTrusted = prefixMatcher(['172.18.0.0/16', '2001:db8:1::/64'].map(parsePrefix));
const peer = (remoteAddress: string, headers: Record<string, string>, encrypted = false) =>
  readPeer({ remoteAddress, encrypted, headers: { host: 'gate.lan', ...headers } }, isTrusted);

describe('the client', () => {
  test.each([
    ['no proxy', '192.168.1.9', '', '192.168.1.9'],
    ['a header of somebody who is no proxy', '192.168.1.9', '10.0.0.1', '192.168.1.9'],
    ['a proxy', '172.18.0.2', '192.168.1.9', '192.168.1.9'],
    ['a proxy on IPv4-mapped IPv6', '::ffff:172.18.0.2', '192.168.1.9', '192.168.1.9'],
    ['a proxy on IPv6 with a zone', '2001:db8:1::2%eth0', '2001:db8::9', '2001:db8::9'],
    ['two proxies', '172.18.0.2', '192.168.1.9, 172.18.0.3', '192.168.1.9'],
    ['a client that invents', '172.18.0.2', '10.0.0.1, 192.168.1.9', '192.168.1.9'],
    ['a client that invents a proxy', '172.18.0.2', '10.0.0.1, 172.18.0.9, 192.168.1.9', '192.168.1.9'],
    ['a proxy that says nothing', '172.18.0.2', '', '172.18.0.2'],
    ['a proxy that does not know', '172.18.0.2', 'unknown', '172.18.0.2'],
    ['garbage behind a proxy', '172.18.0.2', '10.0.0.1, <script>, 172.18.0.3', '172.18.0.3'],
    ['nothing but proxies', '172.18.0.2', '172.18.0.4, 172.18.0.3', '172.18.0.4'],
    ['a port', '172.18.0.2', '192.168.1.9:4711', '192.168.1.9'],
    ['brackets and a port', '172.18.0.2', '[2001:db8::9]:4711', '2001:db8::9'],
  ])('%s', (_what, from, forwarded, client) => {
    expect(peer(from, { 'x-forwarded-for': forwarded }).address).toBe(client);
  });

  test('whatever the header says, a client that is no proxy is taken for itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (forwarded, host, proto) => {
        const read = peer('192.168.1.9', {
          'x-forwarded-for': forwarded,
          'x-forwarded-host': host,
          'x-forwarded-proto': proto,
        });
        expect(read).toEqual({ address: '192.168.1.9', hosts: ['gate.lan'], https: false });
      }),
    );
  });

  test('whatever stands left of it, the last entry that is no proxy is the client', () => {
    fc.assert(
      fc.property(fc.string(), (invented) => {
        const header = { 'x-forwarded-for': `${invented}, 192.168.1.9, 172.18.0.3` };
        expect(peer('172.18.0.2', header).address).toBe('192.168.1.9');
      }),
    );
  });
});

test('a proxy says which host and protocol the browser used; both hosts have to be ours', () => {
  const headers = { 'x-forwarded-host': 'gate.example.org', 'x-forwarded-proto': 'https' };
  expect(peer('172.18.0.2', headers)).toMatchObject({ hosts: ['gate.lan', 'gate.example.org'], https: true });
  expect(peer('172.18.0.2', { 'x-forwarded-proto': 'http' }, true)).toMatchObject({ https: false });
  expect(peer('172.18.0.2', {}, true)).toMatchObject({ hosts: ['gate.lan'], https: true });
});
