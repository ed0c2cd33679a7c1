import { describe, expect, test } from 'vitest';
import { parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { createFeedDriver } from '../../src/firewall/feed/driver.ts';
import { listText } from '../../src/firewall/feed/list-text.ts';
import { describeFetch, nameOfAgent } from '../../src/firewall/feed/puller.ts';
import { adding, addresses, changes, signal } from '../contract/driver-contract.ts';
import { manualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;
const GATEWAY = parseIpAddress('192.168.1.1');
const set = (...texts: string[]) => new Set(addresses(...texts));

function box() {
  const clock = manualClock(0);
  const driver = createFeedDriver({
    sources: [parsePrefix('192.168.1.0/28'), parsePrefix('2001:db8::1')],
    clock,
  });
  return { clock, driver, served: driver.served };
}

describe('what a firewall fetches', () => {
  test('is one address a line, IPv4 before IPv6', () => {
    const { body, contentType } = listText(set('2001:db8::1', '192.0.2.10', '192.0.2.9'), {
      alias: 'plex',
      format: 'plain',
    });
    expect(body).toBe('192.0.2.9\n192.0.2.10\n2001:db8::1\n');
    expect(contentType).toBe('text/plain; charset=utf-8');
  });

  test.each(['plain', 'mikrotik', 'json'] as const)('is never without octets (%s)', (format) => {
    expect(listText(set(), { alias: 'plex', format }).body).toBe(
      {
        plain: '# plex is empty\n',
        mikrotik: '# plex: 0 addresses\n',
        json: '{"alias":"plex","addresses":[]}\n',
      }[format],
    );
  });

  test('as a script for MikroTik adds or renews, and removes nothing', () => {
    const { body } = listText(set('192.0.2.9', '2001:db8::1'), { alias: 'plex', format: 'mikrotik' });
    expect(body).toBe(`# plex: 2 addresses
:do { /ip firewall address-list add list="plex" address="192.0.2.9" timeout=1h comment="opened by Sallyport" } on-error={ /ip firewall address-list set [find where list="plex" and address="192.0.2.9" and dynamic] timeout=1h }
:do { /ipv6 firewall address-list add list="plex" address="2001:db8::1/128" timeout=1h comment="opened by Sallyport" } on-error={ /ipv6 firewall address-list set [find where list="plex" and address="2001:db8::1/128" and dynamic] timeout=1h }
`);
  });

  test('has the same tag for the same addresses, and another for others or another form', () => {
    const tag = (texts: string[], format: 'plain' | 'json' = 'plain') =>
      listText(set(...texts), { alias: 'plex', format }).etag;
    expect(tag(['192.0.2.1', '192.0.2.2'])).toBe(tag(['192.0.2.2', '192.0.2.1']));
    expect(new Set([tag(['192.0.2.1']), tag(['192.0.2.2']), tag(['192.0.2.1'], 'json')]).size).toBe(3);
  });
});

test('only what a fetch contained counts as fetched, and what was taken from the list stays open until the next', async () => {
  const { driver, served } = box();
  await driver.apply(changes({ add: adding('192.0.2.1', '192.0.2.2') }), signal());
  expect(served.waiting).toEqual({ opening: 2, closing: 0 });
  const given = served.addresses;
  await driver.apply(changes({ add: adding('192.0.2.3'), remove: addresses('192.0.2.1') }), signal());
  served.noteFetch(given, GATEWAY, 'pfSense/2.8.1');
  expect(Object.fromEntries(await driver.read(signal()))).toEqual({
    '192.0.2.2': { fetched: true },
    '192.0.2.3': { fetched: false },
  });
  expect(served.waiting).toEqual({ opening: 1, closing: 1 });
  served.noteFetch(served.addresses, GATEWAY, undefined);
  expect(served.waiting).toEqual({ opening: 0, closing: 0 });
});

test.each([
  ['192.168.1.1', true],
  ['192.168.1.16', false],
  ['2001:db8::1', true],
  ['2001:db8::2', false],
])('%s is where the firewall fetches from: %s', (source, expected) => {
  expect(box().served.isExpected(parseIpAddress(source))).toBe(expected);
});

test('who fetched it last is told, and when nobody has for a quarter of an hour', async () => {
  const { clock, driver, served } = box();
  const reachable = async () => (await driver.examine(signal())).find(({ check }) => check === 'reachable');
  expect(await reachable()).toMatchObject({
    result: 'failed',
    detail: expect.stringContaining('Nobody has fetched the list'),
    remedy: expect.stringContaining('sallyport firewalls --urls'),
  });
  served.noteFetch(served.addresses, GATEWAY, 'pfSense/2.8.1:0123456789');
  clock.advance(40_000);
  expect(await reachable()).toMatchObject({
    result: 'ok',
    detail: 'pfSense (192.168.1.1) fetched the list 40 s ago',
  });
  expect(served.isLate()).toBe(false);
  clock.advance(15 * MINUTE);
  expect(served.isLate()).toBe(true);
  expect(await reachable()).toMatchObject({
    result: 'failed',
    detail: 'pfSense (192.168.1.1) fetched the list 15 min ago',
  });
});

test('a list that nobody has fetched yet is late a quarter of an hour after the start', () => {
  const { clock, served } = box();
  expect(served.isLate()).toBe(false);
  clock.advance(16 * MINUTE);
  expect(served.isLate()).toBe(true);
});

test.each([
  ['pfSense/2.8.1:0123', 'pfSense'],
  ['Mikrotik/7.20 Fetch', 'Mikrotik'],
  ['\u001b[31m<script>alert(1)</script>\r\nx', '31m script alert 1'],
  ['x'.repeat(500), 'x'.repeat(40)],
  ['///', 'a client without a name'],
  ['', 'a client without a name'],
  [undefined, 'a client without a name'],
])('%j is shown as %s', (agent, shown) => {
  expect(nameOfAgent(agent)).toBe(shown);
});

test.each([
  [0, '0 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 days'],
])('%d ms ago is %s ago', (age, words) => {
  expect(describeFetch({ at: 0, source: GATEWAY, agent: 'pfSense' }, age)).toBe(
    `pfSense (192.168.1.1) fetched the list ${words} ago`,
  );
});
