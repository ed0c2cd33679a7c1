import { expect, onTestFinished, test } from 'vitest';
import { parseDomainName } from '../../src/base/domain-name.ts';
import { KnownError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { createFirewalls } from '../../src/control/firewalls.ts';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { createOpenings } from '../../src/control/openings.ts';
import { createRecorder } from '../../src/control/recorder.ts';
import type { Capabilities } from '../../src/firewall/driver.ts';
import { LINGER_MS, LINGER_RETURNED_TIMES } from '../../src/ledger/lease.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { MainDb } from '../../src/store/open.ts';
import { listRuns } from '../../src/store/runs.ts';
import { TOGETHER_EVERY_MS } from '../../src/sync/write-budget.ts';
import { mainDb } from '../store/temp.ts';
import { group, HOUR, ip, MINUTE, NOON } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tableDriver } from '../sync/table-driver.ts';

const plex = parseDomainName('plex.tv');

/** One firewall over a table, with a real ledger and database. */
function stage(capabilities: Partial<Capabilities> = {}, db: MainDb = mainDb()) {
  const clock = manualClock(NOON);
  const { id: groupId } = group(db);
  const ledger = new Ledger(ledgerStore(db));
  const driver = tableDriver(clock, capabilities);
  const policy = { allows: true };
  const firewalls = createFirewalls({
    clock,
    log: silentLog(),
    db,
    ledger,
    openings: createOpenings({ db, clock }),
    specs: [{ name: 'edge', kind: 'memory', alias: 'open', required: true, groups: 'all', driver }],
    groupName: String,
    isNeverOpened: () => false,
    isAllowed: () => policy.allows,
    attempt: createRecorder(db, silentLog()).attempt,
    onChange: async () => undefined,
  });
  firewalls.useGroups([{ id: groupId, name: 'plex', graceMs: 0, clients: [] }]);
  onTestFinished(() => firewalls.close());
  const lease = (n: number, more: { readonly cause?: 'answer' | 'pause' } = {}) => ({
    groupId,
    name: plex,
    address: ip(`198.51.100.${n}`),
    ruleId: undefined,
    cause: 'answer' as const,
    toldUntil: clock.now() + MINUTE,
    until: clock.now() + HOUR,
    ...more,
  });
  return {
    clock,
    db,
    driver,
    ledger,
    policy,
    open: (...numbers: readonly number[]) =>
      ledger.open(
        numbers.map((n) => lease(n)),
        clock.now(),
      ),
    openPaused: (n: number) => ledger.open([lease(n, { cause: 'pause' })], clock.now()),
    expireAll: () => ledger.end([...ledger.live()], clock.now(), 'expired', () => false),
    run: () => firewalls.byName('edge').sync.run('schedule'),
    table: () => [...driver.table.keys()].sort(),
  };
}

test('an address that lingered out goes because its lease expired, however often that happens', async () => {
  const { clock, open, expireAll, run, table } = stage({ writeBudget: { burst: 5, refillMs: MINUTE } });
  for (let round = 1; round <= 5; round++) {
    // What came back is kept for longer.
    const lingerMs = LINGER_MS * (round === 1 ? 1 : LINGER_RETURNED_TIMES);
    open(1, 2, 3, 4, 5);
    await run();
    expireAll();
    clock.advance(lingerMs - 1);
    await run();
    expect(table()).toHaveLength(5);
    // The end of any other lease must not make the firewall forget why these may go.
    open(9);
    expireAll();
    // Until it is over, and until what nobody waits for is written.
    clock.advance(Math.max(1, TOGETHER_EVERY_MS - lingerMs + 1));
    expect(await run()).toMatchObject({
      outcome: 'applied',
      changes: [1, 2, 3, 4, 5].map((n) => ({
        address: `198.51.100.${n}`,
        change: 'remove',
        cause: 'expired',
      })),
    });
    clock.advance(LINGER_MS);
  }
});

test('nothing lingers that nobody allows any more', async () => {
  const { open, expireAll, run, table, policy } = stage({ writeBudget: { burst: 5, refillMs: MINUTE } });
  open(1);
  await run();
  expireAll();
  await run();
  expect(table()).toHaveLength(1);
  policy.allows = false;
  expect(await run()).toMatchObject({ outcome: 'applied' });
  expect(table()).toEqual([]);
});

test('what a pause opened does not linger', async () => {
  const { openPaused, expireAll, run, table } = stage({ writeBudget: { burst: 5, refillMs: MINUTE } });
  openPaused(1);
  await run();
  expireAll();
  await run();
  expect(table()).toEqual([]);
});

test('a disk that takes no run leaves the firewall in sync', async () => {
  const db = mainDb();
  const { open, run, table } = stage({}, db);
  await run();
  open(1);
  const transaction = db.transaction.bind(db);
  db.transaction = () => {
    throw new KnownError('storage-full', 'the disk is full');
  };
  expect(await run()).toMatchObject({ outcome: 'applied' });
  db.transaction = transaction;
  expect(table()).toEqual(['198.51.100.1']);
  expect(listRuns(db, { limit: 5 }).items).toEqual([]);
});
