import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBelievable } from '../../src/control/heartbeat.ts';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { restoreLedger } from '../../src/control/restore.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { listLeases, saveLeases } from '../../src/store/leases.ts';
import { mainDb } from '../store/temp.ts';
import { DAY, group, HOUR, ip, MINUTE, NOON, name } from '../store/world.ts';

const GRACE = 10 * MINUTE;

function restored(
  leases: readonly Partial<Lease>[],
  when: {
    readonly now: number;
    readonly lastSeenAt?: number;
    readonly absenceKnown?: boolean;
    readonly diskFull?: boolean;
  },
) {
  const db = mainDb();
  const { id: groupId } = group(db);
  saveLeases(
    db,
    leases.map((lease, n) => ({
      groupId,
      name: name('plex.tv'),
      address: ip(`198.51.100.${n}`),
      ruleId: undefined,
      cause: 'answer',
      startedAt: NOON - HOUR,
      toldUntil: NOON,
      until: NOON + HOUR,
      ...lease,
    })),
  );
  const ledger = new Ledger(ledgerStore(db));
  restoreLedger({
    db,
    ledger,
    lastSeenAt: NOON,
    absenceKnown: true,
    graceOf: () => GRACE,
    isTemporary: () => false,
    attempt(_, write) {
      if (when.diskFull === true) return false;
      write();
      return true;
    },
    ...when,
  });
  return {
    live: [...ledger.live()],
    stored: listLeases(db, { limit: 10 }).items,
    ended: [...ledger.recentlyEnded()],
  };
}

test('what had time left goes on with just that; what ended meanwhile waits for a look at its upstream', () => {
  const leases = [
    { until: NOON + HOUR },
    { until: NOON + MINUTE },
    { cause: 'outage', until: NOON + MINUTE },
    { cause: 'in-use', until: NOON + MINUTE },
  ] as const;
  const { live, stored } = restored(leases, { now: NOON + 5 * MINUTE });
  expect(live).toMatchObject([
    { until: NOON + HOUR },
    { until: NOON + 6 * MINUTE },
    { cause: 'outage', until: NOON + 6 * MINUTE + 10 },
    { cause: 'in-use', until: NOON + 6 * MINUTE + 20 },
  ]);
  expect(stored.filter(({ endCause }) => endCause !== undefined)).toEqual([]);
});

test('what ended a day ago is ended, and what was adopted for a day: no outage would keep it', () => {
  const now = NOON + 2 * DAY;
  const { live, ended } = restored(
    [{ until: NOON + DAY }, { until: NOON + DAY + MINUTE }, { cause: 'adopted', until: now }],
    { now },
  );
  expect(live).toMatchObject([{ address: '198.51.100.1' }]);
  expect(ended).toMatchObject([
    { address: '198.51.100.0', endCause: 'expired', endedAt: now },
    { address: '198.51.100.2', endCause: 'expired', endedAt: now },
  ]);
});

test('after an absence that cannot be trusted each lease gets one grace at least: whatever was left of it is not known', () => {
  const now = NOON + 400 * DAY;
  const { live, stored } = restored(
    [{ until: NOON + HOUR }, { until: now + HOUR }, { until: now + MINUTE }],
    {
      now,
      absenceKnown: false,
    },
  );
  expect(live).toMatchObject([
    { cause: 'restored', until: now + GRACE },
    { cause: 'answer', until: now + HOUR },
    { cause: 'restored', until: now + GRACE },
  ]);
  expect(stored).toContainEqual(expect.objectContaining({ cause: 'restored', until: now + GRACE }));
});

test('so it does on a full disk, which hears of it later', () => {
  const now = NOON + 400 * DAY;
  const { live, stored } = restored([{ until: NOON + HOUR }], { now, absenceKnown: false, diskFull: true });
  expect(live).toMatchObject([{ until: now + GRACE }]);
  expect(stored).toMatchObject([{ until: NOON + HOUR }]);
});

test.each(['learn', 'pause', 'adopted'] as const)('what ends by its cause keeps it: %s', (cause) => {
  const now = NOON + 400 * DAY;
  const { live } = restored([{ cause, until: NOON + HOUR }], { now, absenceKnown: false });
  expect(live).toMatchObject([{ cause, until: now + GRACE }]);
});

test.each([
  ['begun before the clock went back', NOON - 5 * HOUR],
  ['begun after the time it is now', NOON - MINUTE],
])('a clock that went back lengthens no lease: %s', (_, startedAt) => {
  const now = NOON - 3 * HOUR;
  const { live } = restored([{ startedAt, toldUntil: NOON + MINUTE, until: NOON + 20 * MINUTE }], {
    now,
    absenceKnown: false,
  });
  expect(live).toMatchObject([{ until: now + 20 * MINUTE, toldUntil: now + MINUTE }]);
});

test('what learning told counts as told until the start where the clock was set: it is cut to that, and has its grace all the same', () => {
  const now = NOON + 90 * MINUTE;
  const { live } = restored([{ cause: 'learn', toldUntil: NOON, until: NOON + GRACE }], {
    now,
    absenceKnown: false,
  });
  expect(live).toMatchObject([{ cause: 'learn', toldUntil: now, until: now + GRACE }]);
});

test('without any sign of life of the run before, no lease gets more than its term', () => {
  const now = NOON - 3 * HOUR;
  const db = restored([{ startedAt: NOON, until: NOON + HOUR }], { now, lastSeenAt: now });
  expect(db.live).toMatchObject([{ startedAt: now, until: now + HOUR }]);
});

test('one that was renewed after the clock went back is not shortened again at the next start', () => {
  const db = mainDb();
  const { id: groupId } = group(db);
  const lease: Lease = {
    groupId,
    name: name('plex.tv'),
    address: ip('198.51.100.1'),
    ruleId: undefined,
    cause: 'answer',
    startedAt: NOON,
    toldUntil: NOON + MINUTE,
    until: NOON + HOUR,
  };
  saveLeases(db, [lease]);
  const start = (lastSeenAt: number, now: number) => {
    const ledger = new Ledger(ledgerStore(db));
    const attempt = (_: string, write: () => void) => {
      write();
      return true;
    };
    restoreLedger({
      db,
      ledger,
      lastSeenAt,
      absenceKnown: true,
      graceOf: () => GRACE,
      isTemporary: () => false,
      attempt,
      now,
    });
    return ledger;
  };
  const back = start(NOON + MINUTE, NOON - HOUR);
  expect([...back.live()]).toMatchObject([{ startedAt: NOON - HOUR - MINUTE, until: NOON - MINUTE }]);
  back.open([{ ...lease, toldUntil: NOON - 50 * MINUTE, until: NOON + 5 * MINUTE }], NOON - 55 * MINUTE);
  const again = start(NOON - 50 * MINUTE, NOON - 50 * MINUTE);
  expect([...again.live()]).toMatchObject([{ until: NOON + 5 * MINUTE }]);
});

test('one that has had its grace does not get another', () => {
  const now = NOON + 400 * DAY;
  const { live, ended } = restored([{ cause: 'restored', until: NOON + MINUTE }], {
    now,
    absenceKnown: false,
  });
  expect(live).toEqual([]);
  expect(ended).toMatchObject([{ endCause: 'expired' }]);
});

test('whatever the clock did, none gets more than its term, one grace or time for a look, and what had time left keeps no more than that', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          age: fc.nat(DAY),
          left: fc.integer({ min: -HOUR, max: DAY }),
          cause: fc.constantFrom('answer', 'learn', 'outage', 'restored', 'in-use'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      // A boot in 1970, an hour either way, a suspend of a night, a battery that was empty for years.
      fc.oneof(
        fc.constant(-NOON + MINUTE),
        fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
        fc.integer({ min: -400 * DAY, max: 4000 * DAY }),
      ),
      fc.boolean(),
      (some, away, absenceKnown) => {
        const now = NOON + away;
        const leases = some.map(({ age, left, cause }) => {
          const startedAt = NOON - Math.max(age, -left);
          return { startedAt, until: NOON + left, toldUntil: Math.min(NOON, NOON + left), cause } as const;
        });
        const { live, ended } = restored(leases, { now, absenceKnown });
        expect(live.length + ended.length).toBe(leases.length);
        for (const lease of live) {
          const before = leases[Number(lease.address.split('.').at(-1))];
          if (before === undefined) throw new Error(`nobody had ${lease.address}`);
          const left = lease.until - now;
          const mayBeGraced = !absenceKnown && before.cause !== 'restored';
          const waitsForALook = absenceKnown && before.until <= Math.max(now, NOON);
          const more = mayBeGraced ? GRACE : waitsForALook ? MINUTE + 10 * leases.length : 0;
          expect(left).toBeLessThanOrEqual(Math.max(more, before.until - NOON));
          expect(lease.startedAt).toBeLessThanOrEqual(Math.max(now, before.startedAt));
        }
        // Nothing that had time left by the clock of its run is closed by a clock that is not trusted.
        if (!absenceKnown)
          for (const { address } of ended)
            expect(leases[Number(address.split('.').at(-1))]?.cause).toBe('restored');
      },
    ),
    { numRuns: 60 },
  ));

describe('an absence is believed', () => {
  const last = { wallMs: NOON, bootId: 'a', uptimeMs: HOUR };
  test.each([
    ['on a first start', undefined, { ...last }, true],
    [
      'in the same boot, when clock and uptime agree',
      last,
      { wallMs: NOON + HOUR, bootId: 'a', uptimeMs: 2 * HOUR },
      true,
    ],
    [
      'not when the clock was set meanwhile',
      last,
      { wallMs: NOON + DAY, bootId: 'a', uptimeMs: 2 * HOUR },
      false,
    ],
    ['after another boot', last, { wallMs: NOON + DAY, bootId: 'b', uptimeMs: MINUTE }, true],
    ['not when the clock went back', last, { wallMs: NOON - 1, bootId: 'b', uptimeMs: MINUTE }, false],
    ['not after a boot in 1970', last, { wallMs: MINUTE, bootId: 'b', uptimeMs: MINUTE }, false],
    ['not after more than a month', last, { wallMs: NOON + 31 * DAY, bootId: 'b', uptimeMs: MINUTE }, false],
  ])('%s', (_, before, now, believed) => {
    expect(isBelievable(before, now)).toBe(believed);
  });
});
