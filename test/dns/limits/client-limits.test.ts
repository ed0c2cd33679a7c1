import { describe, expect, test } from 'vitest';
import { type IpAddress, parseIpAddress } from '../../../src/base/ip-address.ts';
import { createClientLimits } from '../../../src/dns/limits/client-limits.ts';
import { createPlaces } from '../../../src/dns/limits/places.ts';

function limitsOf(rate: number, burst: number) {
  const told: IpAddress[] = [];
  const limits = createClientLimits({ limits: { rate, burst }, onLimited: (client) => told.push(client) });
  const ask = (client: string, now: number, times = 1): number => {
    let taken = 0;
    for (let i = 0; i < times; i++) if (limits.of(parseIpAddress(client)).take(now)) taken++;
    return taken;
  };
  return { limits, told, ask };
}

describe('a client may ask', () => {
  test('its burst at once, then its rate', () => {
    const { ask } = limitsOf(10, 50);
    expect(ask('192.0.2.5', 0, 100)).toBe(50);
    expect(ask('192.0.2.5', 99, 100)).toBe(0);
    expect(ask('192.0.2.5', 1099, 100)).toBe(10);
    expect(ask('192.0.2.5', 3_600_000, 100)).toBe(50);
  });

  test('whatever others ask', () => {
    const { ask } = limitsOf(10, 50);
    ask('192.0.2.5', 0, 1000);
    expect(ask('192.0.2.6', 0, 50)).toBe(50);
  });

  test('without end from this machine, or where there is no limit', () => {
    expect(limitsOf(1, 1).ask('127.0.0.1', 0, 5000)).toBe(5000);
    expect(limitsOf(1, 1).ask('127.8.9.1', 0, 5000)).toBe(5000);
    expect(limitsOf(1, 1).ask('::1', 0, 5000)).toBe(5000);
    expect(limitsOf(0, 0).ask('192.0.2.5', 0, 5000)).toBe(5000);
  });

  test('from all addresses of an IPv6 /64 together, and from another /64 apart', () => {
    const { ask } = limitsOf(10, 50);
    expect(ask('2001:db8::1', 0, 30) + ask('2001:db8::ffff:2', 0, 30)).toBe(50);
    expect(ask('2001:db8:0:1::1', 0, 60)).toBe(50);
  });
});

test('above its rate it is told so as often as the rate, and above that nothing', () => {
  const { limits } = limitsOf(10, 50);
  const client = limits.of(parseIpAddress('192.0.2.5'));
  let taken = 0;
  while (client.take(0)) taken++;
  let refusals = 0;
  for (let i = 0; i < 100; i++) if (client.takeRefusal(0)) refusals++;
  expect([taken, refusals]).toEqual([50, 10]);
});

test('a client that begins to be limited is news once, and again after a quiet minute', () => {
  const { limits, told, ask } = limitsOf(10, 10);
  ask('192.0.2.5', 0, 100);
  ask('192.0.2.5', 30_000, 100);
  expect(told).toEqual(['192.0.2.5']);
  expect(limits.report(30_000)).toEqual([{ client: '192.0.2.5', count: 180, since: 0 }]);
  expect(limits.limited()).toBe(180);
  ask('192.0.2.5', 90_001, 100);
  expect(told).toHaveLength(2);
  expect(limits.report(90_001 + 600_001)).toEqual([]);
});

test('of a flood of clients only so many are named', () => {
  const { limits, told, ask } = limitsOf(1, 1);
  for (let i = 0; i < 10_000; i++) ask(`10.0.${i >> 8}.${i & 255}`, 0, 2);
  expect(told).toHaveLength(10_000);
  expect(limits.report(0)).toHaveLength(20);
});

test('this machine may take every place there is', () => {
  const places = createPlaces({ perClient: 2, total: 3 });
  const self = parseIpAddress('127.0.0.1');
  expect([1, 2, 3, 4].map(() => places.take(self))).toEqual([true, true, true, false]);
});

test('places are so many for one client and so many in all, and are given back', () => {
  const places = createPlaces({ perClient: 2, total: 3 });
  const [anna, ben] = [parseIpAddress('192.0.2.5'), parseIpAddress('192.0.2.6')];
  expect([places.take(anna), places.take(anna), places.take(anna)]).toEqual([true, true, false]);
  expect([places.take(ben), places.take(ben)]).toEqual([true, false]);
  places.giveBack(anna);
  expect(places.take(ben)).toBe(true);
  expect(places.taken()).toBe(3);
  expect(places.refused()).toBe(2);
});
