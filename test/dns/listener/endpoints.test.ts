import { expect, test } from 'vitest';
import { formatEndpoint } from '../../../src/dns/endpoint.ts';
import { expandEndpoints } from '../../../src/dns/listener/endpoints.ts';
import { clientAddress } from '../../../src/dns/listener/listener.ts';

const interfaces = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.0.2.7' }, { address: '2001:db8::7' }, { address: 'fe80::7' }],
  eth1: [{ address: '192.0.2.7' }, { address: '198.51.100.7' }],
  gone: undefined,
};

test.each([
  ['0.0.0.0:53', ['127.0.0.1:53', '192.0.2.7:53', '198.51.100.7:53']],
  ['[::]:1053', ['[::1]:1053', '[2001:db8::7]:1053']],
  ['192.0.2.7:53', ['192.0.2.7:53']],
  ['192.0.2.7', ['192.0.2.7:53']],
  ['[2001:db8::7]:53', ['[2001:db8::7]:53']],
  ['127.0.0.1:0', ['127.0.0.1:0']],
])('%s is %j', (text, endpoints) => {
  expect(expandEndpoints(text, interfaces).map(formatEndpoint)).toEqual(endpoints);
});

test('a wildcard on this machine gives its loopback address', () => {
  expect(expandEndpoints('0.0.0.0:53').map(formatEndpoint)).toContain('127.0.0.1:53');
});

test.each([
  '',
  ':53',
  '*:53',
  'localhost:53',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '[::1',
  '::1]:53',
  'fe80::1%eth0',
])('%j is refused with its text', (text) => {
  expect(() => expandEndpoints(text, interfaces)).toThrow(RangeError);
  expect(() => expandEndpoints(text, interfaces)).toThrow(JSON.stringify(text));
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
])('the client %s is %s', (text, address) => {
  expect(clientAddress(text)).toBe(address);
});
