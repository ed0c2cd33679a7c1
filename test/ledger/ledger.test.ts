import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.ts';
import {
  ENDED_REMEMBERED_MS,
  type Lease,
  type LeaseRequest,
  LINGER_MS,
  leaseKey,
} from '../../src/ledger/lease.ts';
import type { LeaseStore } from '../../src/ledger/lease-writer.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { OUTAGE_LIMIT_MS } from '../../src/ledger/outages.ts';

const NOW = 1_000_000_000;
const HOUR = 3_600_000;
const plex = parseDomainName('plex.tv');
const other = parseDomainName('other.tv');
const ip = (n: number): IpAddress => parseIpAddress(`198.51.100.${n}`);
const never = () => false;

const request = (more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  groupId: 1,
  name: plex,
  address: ip(1),
  ruleId: 7,
  cause: 'answer',
  toldUntil: NOW + HOUR,
  until: NOW + 2 * HOUR,
  ...more,
});

/** A store in memory that can be full. */
function shelf() {
  const saved = new Map<string, Lease>();
  const store: LeaseStore & { full: boolean; readonly saved: typeof saved } = {
    full: false,
    saved,
    save(leases, ends = []) {
      if (store.full) throw new Error('full');
      for (const { leases: keys } of ends) for (const key of keys) saved.delete(leaseKey(key));
      for (const lease of leases) saved.set(leaseKey(lease), lease);
    },
    end(keys) {
      if (store.full) throw new Error('full');
      for (const key of keys) saved.delete(leaseKey(key));
    },
  };
  return store;
}

test('a lease only grows, whatever is asked', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5 * HOUR), fc.nat(5 * HOUR)), { minLength: 1, maxLength: 10 }),
      (ends) => {
        const ledger = new Ledger(shelf());
        let before = { until: 0, toldUntil: 0 };
        for (const [until, toldUntil] of ends) {
          const {
            leases: [lease],
          } = ledger.open([request({ until: NOW + until, toldUntil: NOW + toldUntil })], NOW);
          expect(lease?.until).toBeGreaterThanOrEqual(before.until);
          expect(lease?.toldUntil).toBeGreaterThanOrEqual(before.toldUntil);
          before = lease ?? before;
        }
      },
    ),
  ));

test('it is on disk before anybody hears of it', () => {
  const store = shelf();
  const ledger = new Ledger(store);
  store.full = true;
  expect(() => ledger.open([request()], NOW)).toThrow('full');
  expect(ledger.size).toBe(0);
});

test('the newest rule counts, and learning weakens no lease under a rule', () => {
  const ledger = new Ledger(shelf());
  ledger.open([request({ ruleId: undefined, cause: 'learn' })], NOW);
  expect(ledger.open([request({ ruleId: 8 })], NOW).leases).toMatchObject([{ ruleId: 8, cause: 'answer' }]);
  const {
    leases: [lease],
  } = ledger.open([request({ ruleId: undefined, cause: 'pause', until: NOW + 9 * HOUR })], NOW);
  expect(lease).toMatchObject({ ruleId: 8, cause: 'answer', until: NOW + 9 * HOUR });
});

test('two names on one address are two leases', () => {
  const ledger = new Ledger(shelf());
  ledger.open([request(), request({ name: other })], NOW);
  ledger.end(ledger.ofName(1, plex), NOW, 'revoked', never);
  expect([...ledger.live()]).toMatchObject([{ name: other, address: ip(1) }]);
  expect(ledger.endedAt(ip(1))).toMatchObject([{ name: plex, endCause: 'revoked', temporary: false }]);
});

test('an end is forgotten in its time also where the address goes on being used by other names', () => {
  const ledger = new Ledger(shelf());
  ledger.open([request()], NOW);
  ledger.end([...ledger.live()], NOW, 'expired', never);
  const later = NOW + ENDED_REMEMBERED_MS;
  ledger.open([request({ name: other })], later - HOUR);
  ledger.end([...ledger.live()], later, 'expired', never);
  expect(ledger.endedAt(ip(1))).toMatchObject([{ name: other }]);
});

test('an end is remembered for as long as it may explain a removal', () => {
  const ledger = new Ledger(shelf());
  ledger.open([request(), request({ name: other, address: ip(2) })], NOW);
  ledger.end(ledger.ofName(1, plex), NOW, 'expired', never);
  ledger.end(ledger.ofName(1, other), NOW + LINGER_MS, 'expired', () => true);
  expect([...ledger.recentlyEnded()]).toMatchObject([
    { name: plex, temporary: false },
    { name: other, temporary: true },
  ]);

  ledger.open([request({ name: other, address: ip(2) })], NOW + LINGER_MS);
  ledger.end([...ledger.live()], NOW + ENDED_REMEMBERED_MS, 'expired', never);
  expect([...ledger.recentlyEnded()]).toMatchObject([
    { name: other, endedAt: NOW + ENDED_REMEMBERED_MS, temporary: false },
  ]);
});

test('what was learnt is kept for what learning told, whatever a pause tells on top of it', () => {
  const ledger = new Ledger(shelf());
  const learnt = request({ ruleId: undefined, cause: 'learn' });
  ledger.open([learnt], NOW);
  ledger.open([{ ...learnt, cause: 'pause', toldUntil: NOW + 9 * HOUR }], NOW);
  expect([...ledger.live()]).toMatchObject([{ cause: 'learn', toldUntil: learnt.toldUntil }]);
});

test('what was opened while paused is not kept after its end', () => {
  const ledger = new Ledger(shelf());
  ledger.open([request({ ruleId: undefined, cause: 'pause' })], NOW);
  ledger.end([...ledger.live()], NOW, 'expired', never);
  expect([...ledger.recentlyEnded()]).toMatchObject([{ temporary: true }]);
});

describe('on a full disk', () => {
  test('what is live is extended in memory, and nothing new is opened', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request()], NOW);
    ledger.extendUnsaved([request({ until: NOW + 9 * HOUR }), request({ address: ip(2) })]);
    expect([...ledger.live()]).toMatchObject([{ address: ip(1), until: NOW + 9 * HOUR }]);
    expect(store.saved.get(leaseKey(request()))?.until).toBe(NOW + 2 * HOUR);
  });

  test('what was extended is written down with the next write', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request(), request({ address: ip(2) })], NOW);
    ledger.extendUnsaved([
      request({ until: NOW + 9 * HOUR }),
      request({ address: ip(2), until: NOW + 9 * HOUR }),
    ]);
    ledger.end([...ledger.ofAddress(ip(2))], NOW, 'revoked', never);
    store.full = true;
    expect(() => ledger.open([request({ address: ip(3) })], NOW)).toThrow('full');
    store.full = false;
    ledger.open([request({ address: ip(3) })], NOW);
    expect([...store.saved.values()].map(({ address, until }) => [address, until])).toEqual([
      [ip(1), NOW + 9 * HOUR],
      [ip(3), NOW + 2 * HOUR],
    ]);
  });

  test('what was extended is written down without another lease, once there is room again', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request()], NOW);
    ledger.extendUnsaved([request({ until: NOW + 9 * HOUR })]);
    store.full = true;
    expect(() => ledger.writeLate()).toThrow('full');
    store.full = false;
    ledger.writeLate();
    expect([...store.saved.values()]).toMatchObject([{ until: NOW + 9 * HOUR }]);
    const save = vi.spyOn(store, 'save');
    ledger.writeLate();
    expect(save).not.toHaveBeenCalled();
  });

  test('what ends is closed all the same', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request()], NOW);
    store.full = true;
    expect(() => ledger.end([...ledger.live()], NOW, 'revoked', never)).toThrow('full');
    expect(ledger.size).toBe(0);
    expect(ledger.endedAt(ip(1))).toHaveLength(1);

    store.full = false;
    ledger.open([request({ address: ip(2) })], NOW);
    expect([...store.saved.values()]).toMatchObject([{ address: ip(2) }]);
  });

  test('an end that is written late ends nothing that was opened since', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request()], NOW);
    store.full = true;
    expect(() => ledger.end([...ledger.live()], NOW, 'expired', never)).toThrow('full');
    expect(() => ledger.open([request()], NOW + HOUR)).toThrow('full');
    expect(ledger.size).toBe(0);
    store.full = false;
    ledger.open([request()], NOW + HOUR);
    ledger.end([], NOW + HOUR, 'expired', never);
    expect([...store.saved.values()]).toMatchObject([{ startedAt: NOW + HOUR }]);
  });
});

describe('an outage', () => {
  const keep = (ledger: Ledger, now: number) => {
    const kept = ledger.throughOutage(1, plex, 4, now, 60_000);
    ledger.replace(kept, now);
    return kept;
  };

  test('keeps a name for a minute at a time, for a day at most', () => {
    const ledger = new Ledger(shelf());
    ledger.open([request({ until: NOW + 1000 })], NOW);
    expect(keep(ledger, NOW)).toMatchObject([{ cause: 'outage', until: NOW + 60_000 }]);
    expect(keep(ledger, NOW + OUTAGE_LIMIT_MS - 1)).toHaveLength(1);
    expect(keep(ledger, NOW + OUTAGE_LIMIT_MS)).toEqual([]);
  });

  test('is one outage while only stale answers are given, and over with the first good one', () => {
    const ledger = new Ledger(shelf());
    ledger.open([request()], NOW);
    keep(ledger, NOW);
    ledger.open([request({ cause: 'outage' })], NOW + 12 * HOUR);
    expect(keep(ledger, NOW + 24 * HOUR)).toEqual([]);
    ledger.open([request()], NOW + 24 * HOUR);
    expect(keep(ledger, NOW + 24 * HOUR)).toHaveLength(1);
    ledger.outageOver(1, plex, 4);
    expect(keep(ledger, NOW + 47 * HOUR)).toHaveLength(1);
    expect(keep(ledger, NOW + 70 * HOUR)).toHaveLength(1);
  });

  test('of one family keeps nothing of the other, whose answers do not end it', () => {
    const ledger = new Ledger(shelf());
    const six = request({ address: parseIpAddress('2001:db8::1') });
    ledger.open([request(), six], NOW);
    expect(keep(ledger, NOW)).toMatchObject([{ address: ip(1), cause: 'outage' }]);
    ledger.open([six], NOW + 12 * HOUR);
    expect(keep(ledger, NOW + OUTAGE_LIMIT_MS)).toEqual([]);
  });

  test('has no second day after a restart', () => {
    const ledger = new Ledger(shelf());
    ledger.restore([{ ...request({ cause: 'outage' }), startedAt: NOW - 12 * HOUR }], []);
    expect(keep(ledger, NOW + 12 * HOUR - 1)).toHaveLength(1);
    expect(keep(ledger, NOW + 12 * HOUR)).toEqual([]);
  });

  test('has begun with the first of a name’s leases that it kept, in whatever order they are put back', () => {
    const since = (hours: number, n: number) => ({
      ...request({ cause: 'outage', address: ip(n) }),
      startedAt: NOW - hours * HOUR,
    });
    const ledger = new Ledger(shelf());
    ledger.restore([since(2, 1), since(12, 2), since(6, 3)], []);
    expect(keep(ledger, NOW + 12 * HOUR - 1)).toHaveLength(3);
    expect(keep(ledger, NOW + 12 * HOUR)).toEqual([]);
  });

  test('does not hide that a lease was only learnt', () => {
    const ledger = new Ledger(shelf());
    ledger.open([request({ ruleId: undefined, cause: 'learn' })], NOW);
    expect(keep(ledger, NOW)).toMatchObject([{ cause: 'learn' }]);
  });
});

describe('what is asked again', () => {
  test('is written down only where it says something new', () => {
    const ledger = new Ledger(shelf());
    const [opened] = ledger.open([request()], NOW).leases;
    expect(ledger.alreadyOpen([request({ toldUntil: NOW })], NOW + 1)).toEqual([opened]);
    for (const news of [
      { until: NOW + 3 * HOUR },
      { toldUntil: NOW + 2 * HOUR },
      { ruleId: 8 },
      { cause: 'pause' },
      { address: ip(2) },
    ] as const)
      expect(ledger.alreadyOpen([request(), request(news)], NOW + 1)).toBeUndefined();
  });

  test('is written down when it went on in memory only', () => {
    const store = shelf();
    const ledger = new Ledger(store);
    ledger.open([request()], NOW);
    const longer = request({ until: NOW + 5 * HOUR });
    ledger.extendUnsaved([longer]);
    expect(ledger.alreadyOpen([longer], NOW + 1)).toBeUndefined();
    ledger.open([longer], NOW + 1);
    expect(store.saved.get(leaseKey(longer))?.until).toBe(longer.until);
    expect(ledger.alreadyOpen([longer], NOW + 2)).toHaveLength(1);
  });

  test('ends an outage, as any answer does', () => {
    const ledger = new Ledger(shelf());
    ledger.open([request()], NOW);
    ledger.throughOutage(1, plex, 4, NOW, 60_000);
    ledger.alreadyOpen([request()], NOW + HOUR);
    expect(ledger.throughOutage(1, plex, 4, NOW + OUTAGE_LIMIT_MS, 60_000)).toHaveLength(1);
  });
});
