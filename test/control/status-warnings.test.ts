import { expect, test } from 'vitest';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { defaultGateways, type StatusFacts, statusWarnings } from '../../src/control/status-warnings.ts';

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
const NOON = Date.UTC(2026, 10, 22, 12);
const gateway = parseIpAddress('172.18.0.1');
const fine: StatusFacts = {
  storage: undefined,
  upstreams: 1,
  onlyClient: undefined,
  gateways: new Set([gateway]),
  feeds: [{ name: 'cdn', problem: undefined, list: 'fetched', knownIn: undefined }],
  adopted: [],
};

test('the default gateway is read from the kernel', () => {
  expect([...defaultGateways(() => ROUTES)]).toEqual([gateway]);
  expect(defaultGateways(() => '').size).toBe(0);
});

test('a bridge that hides who asks is named, with two fixes', () => {
  const [warning] = statusWarnings({ ...fine, onlyClient: gateway });
  expect(warning).toMatch(/^bridge-gateway: every query seems to come from 172\.18\.0\.1/);
  expect(warning).toContain('"userland-proxy": false');
  expect(warning).toContain('profile lan');
});

test('one client that is not the gateway is one client', () => {
  expect(statusWarnings({ ...fine, onlyClient: parseIpAddress('192.168.20.5') })).toEqual([]);
});

test('a feed that fails is named with the reason', () => {
  const problem = 'lists.example:443 refused the connection';
  const feeds = [{ name: 'cdn', problem, list: 'fetched', knownIn: undefined } as const];
  expect(statusWarnings({ ...fine, feeds })).toEqual([
    'Feed cdn keeps its last good list. lists.example:443 refused the connection',
  ]);
});

test('a built-in list is called old for as long as it is open', () => {
  const feeds = [{ name: 'push', problem: undefined, list: 'built-in', knownIn: '2021' } as const];
  expect(statusWarnings({ ...fine, feeds })).toEqual([
    expect.stringMatching(/^Feed push has the built-in list of 2021 open, which is old: .*somebody else’s/),
  ]);
});

test('what an alias held before us is said, until it has ended', () => {
  const [one, other] = [parseIpAddress('198.51.100.1'), parseIpAddress('198.51.100.2')];
  const adopted = [
    { address: one, until: NOON },
    { address: other, until: NOON + 1000 },
    // Of a second group on the same alias.
    { address: one, until: NOON },
  ];
  expect(statusWarnings({ ...fine, adopted })).toEqual([
    expect.stringMatching(/^Nobody here opened 2 of the open addresses.* until 2026-11-22T12:00:01\.000Z/),
  ]);
});

test('no upstream and a full disk are said', () => {
  expect(statusWarnings({ ...fine, upstreams: 0, storage: 'the disk is full' })).toEqual([
    'the disk is full',
    expect.stringContaining('SALLYPORT_UPSTREAMS'),
  ]);
});
