import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import { type EndedLease, type Lease, LINGER_MS } from '../../src/ledger/lease.ts';
import { type DesiredInput, desiredEntries } from '../../src/sync/desired.ts';
import { guardChanges } from '../../src/sync/guard.ts';
import { planChanges } from '../../src/sync/plan.ts';
import { startSchedule } from '../../src/sync/schedule.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tableDriver } from './table-driver.ts';

const ip = (n: number): IpAddress => parseIpAddress(`198.51.100.${n}`);
const NOW = 1_000_000;
const HOUR = 3_600_000;
const signal = new AbortController().signal;

test('lingering keeps what is there, and adds nothing', () => {
  const desired = new Map([1, 2].map((n) => [ip(n), { until: NOW + HOUR, cause: 'linger' }]));
  expect(planChanges(new Map([[ip(1), {}]]), desired, NOW)).toEqual({ add: [], renew: [], remove: [] });
});

describe('what an alias ought to hold', () => {
  const lease = (n: number, more: Partial<Lease> = {}): Lease => ({
    groupId: 1,
    name: parseDomainName('plex.tv'),
    address: ip(n),
    ruleId: 1,
    cause: 'answer',
    startedAt: 0,
    toldUntil: NOW,
    until: NOW + HOUR,
    ...more,
  });
  const ended = (n: number, more: Partial<EndedLease> = {}): EndedLease => ({
    groupId: 1,
    name: parseDomainName('plex.tv'),
    address: ip(n),
    ruleId: 1,
    endedAt: NOW - 1000,
    endCause: 'expired',
    temporary: false,
    ...more,
  });
  const desired = (input: Partial<DesiredInput>) =>
    Object.fromEntries(
      desiredEntries({
        leases: [],
        ended: [],
        openings: [],
        groupIds: new Set([1]),
        lingerMs: 0,
        isAllowed: () => true,
        isNeverOpened: () => false,
        isAdoptedHere: () => true,
        sentinel: false,
        now: NOW,
        ...input,
      })
        .entries()
        .map(([address, { until, cause }]) => [address, { until, cause }] as const),
    );

  test('an address under a lease is not one that only lingers', () => {
    expect(desired({ leases: [lease(1)], ended: [ended(1), ended(2)], lingerMs: LINGER_MS })).toMatchObject({
      '198.51.100.1': { cause: 'answer' },
      '198.51.100.2': { cause: 'linger' },
    });
  });

  test('the leases of its groups, each to its longest end', () => {
    const leases = [
      lease(1, { until: NOW + 5 }),
      lease(1, { name: parseDomainName('other.tv'), until: NOW + 9, cause: 'learn' }),
      lease(2, { groupId: 2 }),
      lease(3, { until: NOW }),
    ];
    expect(desired({ leases })).toEqual({ [ip(1)]: { until: NOW + 9, cause: 'learn' } });
  });

  test('what was opened by hand for its groups, with or without an end', () => {
    const opening = (n: number, until: number | undefined, groupId = 1) => ({
      address: ip(n),
      groupId,
      until,
      cause: 'pin',
    });
    const openings = [
      opening(1, undefined),
      opening(2, NOW + 5),
      opening(3, NOW - 5),
      opening(4, undefined, 2),
    ];
    expect(desired({ openings })).toEqual({
      [ip(1)]: { until: Number.POSITIVE_INFINITY, cause: 'pin' },
      [ip(2)]: { until: NOW + 5, cause: 'pin' },
    });
  });

  test('what ended lately where writes are dear, but nothing that somebody closed or that was temporary', () => {
    const all = [
      ended(1),
      ended(2, { endCause: 'revoked' }),
      ended(3, { temporary: true }),
      ended(4, { groupId: 2 }),
      ended(5, { endedAt: NOW - LINGER_MS }),
    ];
    expect(Object.keys(desired({ ended: all, lingerMs: LINGER_MS }))).toEqual([ip(1)]);
    expect(desired({ ended: all })).toEqual({});
  });

  test('what made room for another lingers too, and what came back lingers longer', () => {
    const all = [
      ended(1, { endCause: 'evicted' }),
      ended(2, { endedAt: NOW - 2 * LINGER_MS, returned: true }),
      ended(3, { endedAt: NOW - 9 * LINGER_MS, returned: true }),
    ];
    expect(Object.keys(desired({ ended: all, lingerMs: LINGER_MS }))).toEqual([ip(1), ip(2)]);
  });

  test('of very many that ended, the last five hundred', () => {
    const all = Array.from({ length: 600 }, (_, n) => ({
      ...ended(1),
      address: parseIpAddress(`10.0.${n >> 8}.${n & 255}`),
    }));
    const kept = Object.keys(desired({ ended: all, lingerMs: LINGER_MS }));
    expect([kept.length, kept[0]]).toEqual([500, '10.0.0.100']);
  });

  test('nothing that nobody allows any more, nor does that take the place of another', () => {
    const all = Array.from({ length: 501 }, (_, n) => ({
      ...ended(1, { name: parseDomainName(n === 0 ? 'plex.tv' : 'other.tv') }),
      address: parseIpAddress(`10.0.${n >> 8}.${n & 255}`),
    }));
    const isAllowed = ({ name }: EndedLease) => name === parseDomainName('plex.tv');
    expect(Object.keys(desired({ ended: all, lingerMs: LINGER_MS, isAllowed }))).toEqual(['10.0.0.0']);
  });

  test('nothing that may never be opened, whoever asks for it', () => {
    const openings = [{ address: ip(1), groupId: 1, until: undefined, cause: 'pin' }];
    expect(desired({ leases: [lease(1)], openings, isNeverOpened: (address) => address === ip(1) })).toEqual(
      {},
    );
  });
});

describe('the plan', () => {
  const want = (until: number) => new Map([[ip(1), { until, cause: 'answer' }]]);
  const DAY = 24 * HOUR;

  test.each([
    ['ends before its lease', HOUR, HOUR - 2000, true],
    ['ends with its lease, give or take a second', HOUR, HOUR - 1000, false],
    ['never ends by itself', HOUR, undefined, false],
    ['has half a day left of an endless pin', Number.POSITIVE_INFINITY, DAY / 2, false],
    ['has less than half a day left of an endless pin', Number.POSITIVE_INFINITY, DAY / 2 - 1, true],
  ])('an entry that %s', (_, forMs, expiresInMs, renews) => {
    const entry = expiresInMs === undefined ? {} : { expiresInMs };
    const plan = planChanges(new Map([[ip(1), entry]]), want(NOW + forMs), NOW);
    expect(plan).toEqual({
      add: [],
      remove: [],
      renew: renews ? [{ address: ip(1), forMs: Math.min(forMs, DAY) }] : [],
    });
  });

  test('applied to any table, gives what is desired, and then there is nothing left to do', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 20 })),
        fc.uniqueArray(fc.integer({ min: 1, max: 20 })),
        fc.boolean(),
        async (held, wanted, expires) => {
          const clock = manualClock(NOW);
          const driver = tableDriver(clock, { expires });
          for (const n of held) driver.table.set(ip(n), NOW + 5000);
          const desired = new Map(wanted.map((n) => [ip(n), { until: NOW + HOUR, cause: 'answer' }]));
          await driver.apply(planChanges(await driver.read(signal), desired, NOW), signal);
          expect(new Set(driver.table.keys())).toEqual(new Set(wanted.map(ip)));
          const rest = planChanges(await driver.read(signal), desired, NOW);
          expect(rest).toEqual({ add: [], renew: [], remove: [] });
        },
      ),
    ));
});

describe('the guard', () => {
  const remove = (...numbers: readonly number[]) => ({ add: [], renew: [], remove: numbers.map(ip) });
  const foreign = { hasCause: () => false, isForeign: () => true };

  test.each([
    ['three of many', remove(1, 2, 3), 5, 'ok'],
    ['half of the alias', remove(1, 2, 3, 4), 8, 'ok'],
    ['more than half', remove(1, 2, 3, 4, 5), 8, 'held'],
    ['the only one', remove(1), 1, 'held'],
    [
      'all, with something new in their place',
      { ...remove(1), add: [{ address: ip(9), forMs: 1 }] },
      1,
      'ok',
    ],
    ['none', remove(), 0, 'ok'],
  ] as const)('foreign addresses: %s', (_, changes, size, kind) => {
    expect(guardChanges(changes, size, foreign).kind).toBe(kind);
  });

  test('a removal with a cause is never held', () => {
    const explained = { hasCause: () => true, isForeign: () => false };
    expect(guardChanges(remove(1, 2, 3, 4, 5), 5, explained).kind).toBe('ok');
  });

  test('what would empty the alias is held, but for what has a cause of its own', () => {
    const verdict = guardChanges(remove(1, 2), 2, {
      hasCause: (address) => address === ip(1),
      isForeign: () => true,
    });
    expect(verdict).toMatchObject({ kind: 'held', heldRemovals: [ip(2)], changes: { remove: [ip(1)] } });
  });

  test('an address that was there before and that nobody knows is never removed by itself', () => {
    const verdict = guardChanges(remove(1, 2), 9, {
      hasCause: () => false,
      isForeign: (address) => address === ip(1),
    });
    expect(verdict).toMatchObject({ kind: 'held', heldRemovals: [ip(2)], changes: { remove: [ip(1)] } });
  });
});

test('a bad cron expression is quoted', () => {
  expect(() => startSchedule('every minute', () => undefined)).toThrow('"every minute"');
  const schedule = startSchedule('* * * * *', () => undefined);
  expect(schedule.nextRunAt()).toBeGreaterThan(Date.now());
  schedule.stop();
});
