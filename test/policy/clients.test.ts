import { expect, test } from 'vitest';
import { parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { compileClients } from '../../src/policy/clients.ts';

const find = compileClients([
  { group: 'lan', clients: [parsePrefix('192.168.20.0/24'), parsePrefix('2001:db8:20::/64')] },
  { group: 'plex', clients: [parsePrefix('192.168.20.5'), parsePrefix('192.168.20.128/25')] },
]);

test.each([
  ['192.168.20.5', 'plex'],
  ['192.168.20.6', 'lan'],
  ['192.168.20.200', 'plex'],
  ['::ffff:192.168.20.5', 'plex'],
  ['2001:db8:20::9', 'lan'],
  ['192.168.21.5', undefined],
])('%s belongs to %s', (client, group) => {
  expect(find(parseIpAddress(client))).toBe(group);
});
