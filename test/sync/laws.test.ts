import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import type { IpAddress } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import type { AliasChanges, Entries } from '../../src/firewall/driver.ts';
import type { Lease } from '../../src/ledger/lease.ts';
import { type DesiredEntry, desiredEntries } from '../../src/sync/desired.ts';
import { FirewallSync } from '../../src/sync/firewall-sync.ts';
import { guardChanges } from '../../src/sync/guard.ts';
import { planChanges } from '../../src/sync/plan.ts';
import { manualClock } from '../support/manual-clock.ts';
import { HOUR, ip, START } from './stage.ts';
import { down, tableDriver } from './table-driver.ts';

const signal = new AbortController().signal;
const some = fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 24 });

test('a guarded plan, applied to any table, gives what is desired and what is held, and nothing else', () =>
  fc.assert(
    fc.asyncProperty(
      some,
      some,
      some,
      some,
      fc.record({ expires: fc.boolean(), sentinel: fc.boolean() }),
      async (there, leased, explained, foreign, { expires, sentinel }) => {
        const driver = tableDriver(manualClock(START), { expires });
        for (const n of there) driver.table.set(ip(n), START + 5000);
        const desired = desiredEntries({
          leases: leased.map(lease),
          ended: [],
          openings: [],
          groupIds: new Set([1]),
          lingerMs: 0,
          isAllowed: () => true,
          isNeverOpened: () => false,
          isAdoptedHere: () => true,
          sentinel,
          now: START,
        });
        const current = await driver.read(signal);
        const verdict = guardChanges(planChanges(current, desired, START), current.size, {
          hasCause: (address) => explained.map(ip).includes(address),
          isForeign: (address) => foreign.map(ip).includes(address),
        });
        await driver.apply(verdict.changes, signal);
        const held = verdict.kind === 'held' ? verdict.heldRemovals : [];
        expect(new Set(driver.table.keys())).toEqual(new Set([...desired.keys(), ...held]));
        for (const address of held) {
          expect(explained.map(ip)).not.toContain(address);
          expect(desired.has(address)).toBe(false);
        }
      },
    ),
  ));

describe('whatever happens to ledger, table, database and ourselves', () => {
  const address = fc.integer({ min: 1, max: 12 });
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('lease' as const), n: address }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), n: address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), n: address }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('foreign' as const), n: address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('many foreign' as const), n: address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stolen' as const), n: address }) },
    { weight: 6, arbitrary: fc.constant({ kind: 'run' as const, n: 0 }) },
    ...(['restart', 'lost database', 'lost table', 'full disk', 'failing', 'losing'] as const).map(
      (kind) => ({
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant(kind), n: fc.constant(0) }),
      }),
    ),
  );

  test('no removal that nobody can explain goes beyond the limits', () =>
    fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const world = house();
        for (const { kind, n } of events) await world.happens[kind](n);
        await world.close();
        expect(world.violations).toEqual([]);
      }),
      { numRuns: 400 },
    ));
});

type Kind =
  | 'lease'
  | 'end'
  | 'forget'
  | 'foreign'
  | 'many foreign'
  | 'stolen'
  | 'run'
  | 'restart'
  | 'lost database'
  | 'lost table'
  | 'full disk'
  | 'failing'
  | 'losing';

/** A firewall, a ledger of two maps, and a judge who looks at each write and knows nothing of how it was made. */
function house() {
  const clock = manualClock(START);
  const driver = tableDriver(clock);
  const desired = new Map<IpAddress, DesiredEntry>();
  const ended = new Set<IpAddress>();
  const violations: string[] = [];
  const judge = judgeOfWrites((found) => violations.push(found), ended);
  let known = false;
  let diskFull = false;

  const read = driver.read.bind(driver);
  driver.read = async (stop) => judge.read(await read(stop));
  const apply = driver.apply.bind(driver);
  driver.apply = (changes, stop) => {
    judge.apply(changes);
    return apply(changes, stop);
  };

  const start = () => {
    judge.restart();
    return new FirewallSync(driver, {
      clock,
      log: silentLog(),
      desired: () => new Map(desired),
      desiredAt: (one) => desired.get(one),
      clients: () => [],
      isWaitedFor: () => true,
      removalCause: (one) => (ended.has(one) ? { cause: 'expired', urgent: false } : undefined),
      withdraw: async () => undefined,
      isNewAlias: () => !known,
      foundAtStart: () => undefined,
      adopt(addresses) {
        if (diskFull) return false;
        known = true;
        for (const one of addresses) desired.set(one, { until: clock.now() + 24 * HOUR, cause: 'adopted' });
        return true;
      },
      onChange: () => undefined,
      onRun: () => undefined,
    });
  };
  let sync = start();
  const restart = async () => {
    await sync.close();
    sync = start();
  };
  const happens: Readonly<Record<Kind, (n: number) => unknown>> = {
    lease(n) {
      ended.delete(ip(n));
      desired.set(ip(n), { until: clock.now() + HOUR, cause: 'answer' });
    },
    end: (n) => desired.delete(ip(n)) && ended.add(ip(n)),
    forget: (n) => desired.delete(ip(n)) && ended.delete(ip(n)),
    foreign: (n) => driver.table.set(ip(n), Number.POSITIVE_INFINITY),
    'many foreign'(n) {
      for (let i = 0; i < n; i++) driver.table.set(ip(100 + i), Number.POSITIVE_INFINITY);
    },
    stolen: (n) => driver.table.delete(ip(n)),
    run: () => sync.run('schedule'),
    restart,
    'lost database'() {
      known = false;
      desired.clear();
      ended.clear();
      return restart();
    },
    'lost table': () => driver.table.clear(),
    'full disk'() {
      diskFull = !diskFull;
    },
    failing() {
      driver.fail = driver.fail === undefined ? down() : undefined;
    },
    losing() {
      driver.loses = !driver.loses;
    },
  };
  return { happens, violations, close: () => sync.close() };
}

function judgeOfWrites(complain: (violation: string) => void, ended: ReadonlySet<IpAddress>) {
  /** What the present run of ours last read; undefined: nothing yet. */
  let last: ReadonlySet<IpAddress> | undefined;
  let reads = 0;
  let ours: ReadonlySet<IpAddress> = new Set();
  /** Seen to come into the table, and not from us. */
  const foreign = new Set<IpAddress>();
  return {
    restart() {
      last = undefined;
      reads = 0;
      foreign.clear();
    },
    read(entries: Entries): Entries {
      for (const one of entries.keys()) if (last?.has(one) === false && !ours.has(one)) foreign.add(one);
      for (const one of foreign) if (!entries.has(one)) foreign.delete(one);
      last = new Set(entries.keys());
      reads++;
      ours = new Set();
      return entries;
    },
    apply({ add, remove }: AliasChanges) {
      const size = last?.size ?? 0;
      const unexplained = remove.filter((one) => !ended.has(one));
      ours = new Set(add.map(({ address }) => address));
      if (unexplained.length === 0) return;
      if (reads < 2) complain(`removed ${unexplained} at the first look`);
      if (unexplained.some((one) => !foreign.has(one))) complain(`removed ${unexplained}, there before`);
      if (unexplained.length > 3 && unexplained.length > size / 2)
        complain(`removed ${unexplained.length} of ${size}`);
      if (remove.length === size && add.length === 0) complain('emptied the alias');
    },
  };
}

function lease(n: number): Lease {
  return {
    groupId: 1,
    name: parseDomainName('plex.tv'),
    address: ip(n),
    ruleId: 1,
    cause: 'answer',
    startedAt: 0,
    toldUntil: START,
    until: START + HOUR,
  };
}
