import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { type AddressLimits, makeRoom } from '../../src/ledger/caps.ts';
import type { Lease, LeaseRequest } from '../../src/ledger/lease.ts';
import { Ledger } from '../../src/ledger/ledger.ts';

const NOW = 1_000_000_000;
const TOLD = 60_000;
const GRACE = 600_000;
/** Rules from 100 on stand for many names. */
const EXACT = 1;
const WILD = 100;

function capped(limits: Partial<AddressLimits>) {
  const ends: string[] = [];
  const ledger = new Ledger(
    {
      save: (_, ended = []) => {
        for (const { leases, cause } of ended)
          for (const { address } of leases) ends.push(`${cause} ${address}`);
      },
      end: () => undefined,
    },
    {
      limits: { name: 100, rule: 100, group: 100, learn: 100, ...limits },
      neededUntil: ({ until, toldUntil }) => Math.max(toldUntil, until - GRACE),
      isWildcard: (ruleId) => ruleId >= WILD,
    },
  );
  const open = (n: number, more: Partial<LeaseRequest> = {}, now = NOW) => {
    const { leases, leftOut, evicted } = ledger.open([request(n, more, now)], now);
    if (leases.length > 0) return evicted.map(({ address }) => address);
    return leftOut.map(({ cap }) => cap).join();
  };
  return { ledger, open, ends };
}

function request(n: number, more: Partial<LeaseRequest>, now: number): LeaseRequest {
  return {
    groupId: 1,
    name: parseDomainName(`n${n}.example`),
    address: parseIpAddress(`198.51.100.${n}`),
    ruleId: EXACT,
    cause: 'answer',
    toldUntil: now + TOLD,
    until: now + TOLD + GRACE,
    ...more,
  };
}
const one = parseDomainName('one.example');

describe('at its cap', () => {
  test.each([
    ['name', { name: 2 }, { name: one }],
    ['rule', { rule: 2 }, {}],
    ['group', { group: 2 }, {}],
    ['learn', { learn: 2 }, { ruleId: undefined, cause: 'learn' }],
  ] as const)(
    'of the %s a newcomer is left out while all others may still be in use',
    (cap, limits, more) => {
      const { open, ledger } = capped(limits);
      expect([open(1, more), open(2, more), open(3, more)]).toEqual([[], [], cap]);
      expect(open(1, more, NOW + 1)).toEqual([]);
      expect(ledger.size).toBe(2);
    },
  );

  test('what an outage keeps makes no room', () => {
    const { open, ledger } = capped({ rule: 1 });
    open(1, { cause: 'outage' });
    expect(open(2, {}, NOW + TOLD + 2000)).toBe('rule');
    ledger.open([request(1, {}, NOW)], NOW);
    expect(open(2, {}, NOW + TOLD + 4000)).toEqual(['198.51.100.1']);
  });

  test('nothing makes room while upstreams fail, for whatever name: what was not looked at yet may be kept too', () => {
    const { open, ledger } = capped({ rule: 1 });
    open(1);
    const failed = NOW + TOLD + 2000;
    ledger.upstreamFailed(failed);
    expect(open(2, {}, failed)).toBe('rule');
    expect(open(2, {}, failed + 2 * 60_000 - 1)).toBe('rule');
    expect(open(2, {}, failed + 2 * 60_000)).toEqual(['198.51.100.1']);
  });

  test('the one told longest ago makes room once its told term is over, and history says why', () => {
    const { open, ends, ledger } = capped({ rule: 2 });
    open(1, {}, NOW + 1000);
    open(2);
    expect(open(3, {}, NOW + TOLD - 1)).toBe('rule');
    expect(open(3, {}, NOW + TOLD + 2000)).toEqual(['198.51.100.2']);
    expect(ends).toEqual(['evicted 198.51.100.2']);
    expect(ledger.endedAt(parseIpAddress('198.51.100.2'))).toMatchObject([{ endCause: 'evicted' }]);
  });

  test('what the same answer tells again does not make room for the rest of it', () => {
    const { ledger } = capped({ rule: 2 });
    const later = NOW + 2 * TOLD;
    ledger.open([request(1, {}, NOW), request(2, {}, NOW)], NOW);
    const again = ledger.open([request(3, {}, later), request(1, {}, later)], later);
    expect(again.evicted).toMatchObject([{ address: '198.51.100.2' }]);
    expect(again.leases.map(({ address }) => address).sort()).toEqual(['198.51.100.1', '198.51.100.3']);
  });

  test('a wildcard makes room for an exact name, and no exact name for a wildcard', () => {
    const { open } = capped({ group: 2 });
    open(1, { ruleId: EXACT });
    open(2, { ruleId: WILD }, NOW + 1);
    const later = NOW + 2 * TOLD;
    expect(open(3, { ruleId: EXACT + 1 }, later)).toEqual(['198.51.100.2']);
    expect(open(4, { ruleId: WILD }, later)).toBe('group');
    expect(open(5, { ruleId: EXACT + 2 }, later)).toEqual(['198.51.100.1']);
  });

  test('the addresses of one name are all worth the same, by whatever it was allowed when they were opened', () => {
    const { open } = capped({ name: 1 });
    open(1, { name: one, ruleId: undefined, cause: 'learn' });
    expect(open(2, { name: one, ruleId: WILD }, NOW + 2 * TOLD)).toEqual(['198.51.100.1']);
  });

  test('the cap of the rule comes before that of the group: what goes belongs to the rule', () => {
    const { open } = capped({ rule: 1, group: 2 });
    open(1, { ruleId: EXACT });
    open(2, { ruleId: WILD }, NOW + 1);
    expect(open(3, { ruleId: WILD }, NOW + 2 * TOLD)).toEqual(['198.51.100.2']);
    expect(open(4, { ruleId: WILD }, NOW + 2 * TOLD)).toBe('rule');
  });

  test('what was learnt does not take the place of what a rule allows', () => {
    const { open } = capped({ group: 1, learn: 1 });
    expect(open(1, { ruleId: undefined, cause: 'learn' })).toEqual([]);
    expect(open(2, { ruleId: undefined, cause: 'pause' })).toBe('learn');
    expect(open(3)).toEqual([]);
  });

  test('both families of a name have their own', () => {
    const { open } = capped({ name: 1 });
    expect(open(1, { name: one })).toEqual([]);
    expect(open(1, { name: one, address: parseIpAddress('2001:db8::1') })).toEqual([]);
    expect(open(2, { name: one })).toBe('name');
  });

  test('what is in use at its end goes last', () => {
    const { open } = capped({ rule: 2 });
    open(1, { cause: 'in-use' });
    open(2, {}, NOW + 1000);
    expect(open(3, {}, NOW + 2 * TOLD)).toEqual(['198.51.100.2']);
  });

  test('a cap that was lowered lets in nobody before it is kept', () => {
    const { ledger, open } = capped({});
    for (const n of [1, 2, 3]) open(n, {}, NOW + n * TOLD);
    const judge = { neededUntil: ({ toldUntil }: Lease) => toldUntil, isWildcard: () => false };
    const room = (now: number) =>
      makeRoom({ ruleId: EXACT }, { cap: 'rule', limit: 2, leases: ledger.live(), size: 3 }, judge, now);
    expect(room(NOW + 2 * TOLD)).toBeUndefined();
    expect(room(NOW + 3 * TOLD)).toMatchObject([{ address: '198.51.100.1' }, { address: '198.51.100.2' }]);
  });
});

test('a full pool is looked through again when a place is free', () => {
  const { open, ledger } = capped({ rule: 1 });
  open(1);
  expect(open(2)).toBe('rule');
  ledger.end([...ledger.live()], NOW, 'revoked', () => false);
  expect(open(2)).toEqual([]);
});

test('what cannot be written changes no count', () => {
  let isFull = true;
  const ledger = new Ledger(
    {
      save() {
        if (isFull) throw new Error('full');
      },
      end: () => undefined,
    },
    {
      limits: { name: 9, rule: 1, group: 9, learn: 9 },
      neededUntil: ({ toldUntil }) => toldUntil,
      isWildcard: () => false,
    },
  );
  expect(() => ledger.open([request(1, {}, NOW)], NOW)).toThrow('full');
  isFull = false;
  expect(ledger.open([request(2, {}, NOW)], NOW).leases).toHaveLength(1);
  isFull = true;
  expect(() => ledger.open([request(3, {}, NOW + GRACE)], NOW + GRACE)).toThrow('full');
  expect([...ledger.live()]).toMatchObject([{ address: '198.51.100.2' }]);
  isFull = false;
  expect(ledger.open([request(4, {}, NOW + GRACE)], NOW + GRACE).evicted).toHaveLength(1);
});

test('what one answer names makes no room for what else it names', () => {
  const { ledger, open } = capped({ name: 2 });
  open(1, { name: one });
  open(2, { name: one });
  const later = NOW + 2 * TOLD;
  const batch = [3, 4, 1, 2].map((n) => request(n, { name: one }, later));
  const { leases, leftOut, evicted } = ledger.open(batch, later);
  expect(evicted).toEqual([]);
  expect(leases.map(({ address }) => address)).toEqual(['198.51.100.1', '198.51.100.2']);
  expect(leftOut.map(({ address }) => address)).toEqual(['198.51.100.3', '198.51.100.4']);
});

test('one batch that asks twice for an address opens it once, for the longer of the two', () => {
  const { ledger } = capped({});
  const { leases } = ledger.open([request(1, { until: NOW + 9 * GRACE }, NOW), request(1, {}, NOW)], NOW);
  expect(leases).toMatchObject([{ until: NOW + 9 * GRACE }]);
});

/** Milliseconds after which nobody is told any more what a cap has evicted. */
const CROSSING_MS = 5000;

test('whatever comes, no name passes its cap and nobody is closed who may still be in use', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          n: fc.integer({ min: 1, max: 12 }),
          name: fc.integer({ min: 1, max: 3 }),
          ruleId: fc.constantFrom(EXACT, EXACT + 1, WILD, undefined),
          after: fc.nat(TOLD),
        }),
        { maxLength: 80 },
      ),
      (steps) => {
        const limits = { name: 3, rule: 4, group: 5, learn: 2 };
        const { ledger } = capped(limits);
        let now = NOW;
        const usableUntil = new Map<string, number>();
        const evictedAt = new Map<string, number>();
        const cameBack = new Set<string>();
        for (const { n, name, ruleId, after } of steps) {
          now += after;
          const cause = ruleId === undefined ? 'learn' : 'answer';
          const asked = request(n, { name: parseDomainName(`x${name}.example`), ruleId, cause }, now);
          const key = `${asked.name} ${asked.address}`;
          // Told while it was on its way out; nothing else goes past a cap.
          if (cause === 'learn' && now - (evictedAt.get(key) ?? 0) < CROSSING_MS) cameBack.add(key);
          const { leases, evicted } = ledger.open([asked], now);
          for (const { name, address } of evicted) {
            expect(usableUntil.get(`${name} ${address}`)).toBeLessThanOrEqual(now);
            evictedAt.set(`${name} ${address}`, now);
            cameBack.delete(`${name} ${address}`);
          }
          for (const { name, address, toldUntil } of leases)
            usableUntil.set(
              `${name} ${address}`,
              Math.max(toldUntil, usableUntil.get(`${name} ${address}`) ?? 0),
            );
          const live = [...ledger.live()];
          for (const leases of Map.groupBy(live, (lease) => lease.name).values()) {
            const asUsual = leases.filter(({ name, address }) => !cameBack.has(`${name} ${address}`));
            expect(asUsual.length).toBeLessThanOrEqual(limits.name);
          }
        }
      },
    ),
  ));
