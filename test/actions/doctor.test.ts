/** What the doctor makes of protected hosts and of the machine it runs on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Check } from '../../src/actions/doctor/check.ts';
import type { QueryRecord } from '../../src/actions/query-port.ts';
import { parsePrefix } from '../../src/base/ip-address.ts';
import { addRule } from '../../src/store/rules.ts';
import { anna, createWorld, firewall, group, HOUR, ip, MINUTE, NOON, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.close());

const examine = async (request = {}) => {
  const checks = await world.actions.doctor(request, anna);
  return {
    checks,
    of: (check: string): Check | undefined => checks.find((one) => one.check === check),
  };
};

function asked(client: string, at: number): QueryRecord {
  return {
    id: 1,
    at,
    client,
    name: 'plex.tv',
    type: 'A',
    verdict: 'allowed',
    reason: 'rule',
    rcode: 'NOERROR',
    source: 'upstream',
    durationMs: 1,
    answers: [],
    count: 1,
  };
}

describe('a protected host', () => {
  test('that was never heard of: the command to run there', async () => {
    group(world);
    expect((await examine()).of('dns-port')).toMatchObject({
      group: 'plex',
      result: 'failed',
      detail: 'Never asked anything: 192.168.20.5',
      remedy: expect.stringContaining('nslookup plex.tv 192.168.1.20'),
    });
  });

  test('that asked a moment ago is fine, one that fell silent may be asking somebody else', async () => {
    group(world);
    world.queryLog.push(asked('192.168.20.5', NOON - 12_000));
    expect((await examine()).of('dns-port')).toMatchObject({
      result: 'ok',
      detail: 'Last asked: 192.168.20.5 12 s ago',
    });
    world.clock.advance(3 * HOUR);
    expect((await examine()).of('dns-port')).toMatchObject({
      result: 'unknown',
      remedy: expect.stringContaining('asking somebody else'),
    });
  });

  test('is not blamed for a search of the log that takes too long', async () => {
    group(world);
    world.queries.search = () => new Promise(() => undefined);
    const asking = examine();
    world.clock.advance(30_000);
    expect((await asking).of('dns-port')).toMatchObject({
      result: 'unknown',
      detail: 'No answer within 30 s',
    });
  });

  test('with two addresses asks from one of them, and that is in order', async () => {
    group(world, 'plex', { clients: ['192.168.20.5', '2001:db8:20::5'].map(parsePrefix) });
    world.queryLog.push(asked('192.168.20.5', NOON));
    expect((await examine()).of('dns-port')).toMatchObject({
      result: 'unknown',
      detail: 'Last asked: 192.168.20.5 0 s ago; never: 2001:db8:20::5',
      remedy: expect.stringContaining('A second address of a host'),
    });
  });

  test('gets the command that proves what cannot be seen from here', async () => {
    const { id } = group(world);
    const rule = { origin: 'person', createdAt: NOON, createdBy: 'anna', action: 'allow' } as const;
    addRule(world.db, { ...rule, groupId: id, pattern: '*.plex.direct' });
    addRule(world.db, { ...rule, groupId: id, pattern: '.plex.tv' });
    expect((await examine()).of('other-resolvers')).toMatchObject({
      result: 'unknown',
      remedy:
        "Run: ssh 192.168.20.5 'sh -s -- --sallyport 192.168.1.20 --allowed plex.tv' < scripts/client-check.sh",
    });
  });

  test('cannot ask a Sallyport that listens on its own machine only', async () => {
    group(world);
    world.seen.machine = { ...world.seen.machine, listeners: [{ address: '127.0.0.1', port: 1053 }] };
    expect((await examine()).of('dns-port')).toMatchObject({
      result: 'failed',
      remedy: expect.stringContaining('--lan'),
    });
  });

  test.each([
    ['nameserver 127.0.0.1\n', 'ok', /names 127\.0\.0\.1 and nobody else/],
    ['nameserver 127.0.0.1\nnameserver 192.168.1.1\n', 'failed', /names 127\.0\.0\.1, 192\.168\.1\.1/],
    ['nameserver 192.168.1.1\n', 'failed', /names 192\.168\.1\.1/],
    ['# nameserver 127.0.0.1\n', 'failed', /names nobody/],
    [undefined, 'unknown', /no \/etc\/resolv\.conf/],
  ])('that is this machine has its resolv.conf read: %j', async (resolvConf, result, detail) => {
    group(world, 'plex', { clients: [parsePrefix('127.0.0.1')] });
    world.seen.machine = { ...world.seen.machine, resolvConf };
    expect((await examine()).of('resolv.conf')).toMatchObject({
      result,
      detail: expect.stringMatching(detail),
    });
  });

  test.each([
    ['127.0.0.53', 'nameserver 127.0.0.1\n', 'ok', /systemd-resolved names 127\.0\.0\.1 and nobody else/],
    ['127.0.0.53', 'nameserver 9.9.9.9\n', 'failed', /systemd-resolved names 9\.9\.9\.9/],
    ['127.0.0.54', 'nameserver 127.0.0.1\nnameserver 9.9.9.9\n', 'failed', /names 127\.0\.0\.1, 9\.9\.9\.9/],
    ['127.0.0.53', undefined, 'unknown', /systemd-resolved answers here \(127\.0\.0\.53\)/],
    ['127.0.0.11\n# ExtServers: [127.0.0.1]', undefined, 'ok', /Docker's resolver names 127\.0\.0\.1 and/],
    ['127.0.0.11\n# ExtServers: [host(9.9.9.9)]', undefined, 'failed', /Docker's resolver names 9\.9\.9\.9/],
    ['127.0.0.11', undefined, 'unknown', /Docker's resolver answers here \(127\.0\.0\.11\)/],
  ])('with a resolver of its own at %s asks whom that asks: %j', async (at, resolvedConf, result, detail) => {
    group(world, 'plex', { clients: [parsePrefix('127.0.0.1')] });
    world.seen.machine = { ...world.seen.machine, resolvConf: `nameserver ${at}\n`, resolvedConf };
    expect((await examine()).of('resolv.conf')).toMatchObject({
      result,
      detail: expect.stringMatching(detail),
    });
  });

  test('at 127.0.0.53, where it is Sallyport that listens there, asks Sallyport', async () => {
    group(world, 'plex', { clients: [parsePrefix('127.0.0.1')] });
    const listeners = [{ address: '127.0.0.53', port: 53 }];
    world.seen.machine = { ...world.seen.machine, resolvConf: 'nameserver 127.0.0.53\n', listeners };
    expect((await examine()).of('resolv.conf')).toMatchObject({ result: 'ok' });
  });

  test('is looked at alone when it is named, as a part of its group', async () => {
    group(world);
    group(world, 'other');
    world.firewalls.push(firewall());
    const { checks } = await examine({ client: '192.168.30.7' });
    expect(new Set(checks.map((one) => one.group ?? one.firewall))).toEqual(new Set([undefined, 'other']));
    expect(checks.find(({ check }) => check === 'dns-port')?.detail).toContain('192.168.30.7');
    await expect(examine({ client: '192.168.99.9' })).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('sallyport group'),
    });
    await expect(examine({ client: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is not called enforced when it is not', async () => {
    group(world, 'plex', { mode: 'enforce' });
    expect((await examine()).of('enforced')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('addresses are NOT enforced'),
    });
  });
});

describe('this machine', () => {
  test('in order', async () => {
    const { of } = await examine();
    expect(of('dns-listens')).toEqual({
      check: 'dns-listens',
      result: 'ok',
      detail: 'DNS on 192.168.1.20:53',
    });
    expect(of('clock')).toMatchObject({ result: 'ok' });
  });

  test('with a listener that could not be bound', async () => {
    const error = { code: 'EADDRINUSE', remedy: 'Stop systemd-resolved.' };
    world.seen.machine = { ...world.seen.machine, listeners: [{ address: '::', port: 53, error }] };
    expect((await examine()).of('dns-listens')).toEqual({
      check: 'dns-listens',
      result: 'failed',
      detail: 'Nobody can ask [::]:53: EADDRINUSE',
      remedy: 'Stop systemd-resolved.',
    });
  });

  test.each([
    [-HOUR, 'set back by 3600 s'],
    [2 * MINUTE, 'set forward by 120 s'],
  ])('whose clock was set', async (ms, words) => {
    world.seen.machine = { ...world.seen.machine, wallMs: NOON + ms };
    expect((await examine()).of('clock')).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining(words),
    });
  });
});

describe('a firewall', () => {
  test('that does not answer in time is not reachable, and delays nothing else', async () => {
    group(world);
    world.firewalls.push(firewall());
    world.sync.examine = () => new Promise(() => undefined);
    const asking = examine();
    world.clock.advance(30_000);
    const { checks, of } = await asking;
    expect(of('reachable')).toMatchObject({
      firewall: 'edge',
      result: 'failed',
      detail: 'No answer within 30 s',
    });
    expect(checks.some((one) => one.group === 'plex')).toBe(true);
  });

  test('is written to only when that was asked for', async () => {
    world.firewalls.push(firewall());
    await examine();
    expect(world.calls).toEqual([]);
    const { of } = await examine({ roundTrip: true, testAddress: '198.51.100.253' });
    expect(world.calls).toEqual(['round trip edge 198.51.100.253']);
    expect(of('round-trip')).toMatchObject({ result: 'ok', detail: expect.stringContaining('(2 writes)') });
  });

  test('that keeps the test address is told of', async () => {
    world.firewalls.push(firewall());
    world.seen.trips = { ...world.seen.trips, removed: { held: true, tookMs: 10, problem: 'lock held' } };
    expect((await examine({ roundTrip: true })).of('round-trip')).toMatchObject({
      result: 'failed',
      detail: '192.0.2.253 was put in and seen, and does not go out again: lock held',
    });
  });

  test('with strangers, somebody else’s and such as were there before', async () => {
    const report = firewall();
    world.firewalls.push({ ...report, status: { ...report.status, otherWriters: [ip('198.51.100.9')] } });
    expect((await examine()).of('only-ours')).toMatchObject({
      result: 'failed',
      detail: 'plexfw_live: another writer keeps adding 198.51.100.9',
    });
  });

  test('that is not configured', async () => {
    await expect(examine({ firewall: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that is down is failed, whatever else is known', async () => {
    const report = firewall();
    world.firewalls.push({ ...report, status: { ...report.status, state: 'down', lastError: 'no route' } });
    expect((await examine()).of('in-sync')).toMatchObject({
      result: 'failed',
      detail: 'The firewall is down: no route',
    });
  });
});
