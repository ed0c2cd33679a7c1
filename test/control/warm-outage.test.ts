import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { DataLink } from '../../src/control/data-link.ts';
import { createLeaseKeeper } from '../../src/control/lease-keeper.ts';
import { startWarming } from '../../src/control/warm.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { compileSnapshot } from '../../src/plane/policy-snapshot.ts';
import type { ResolveOutcome } from '../../src/plane/protocol.ts';
import { allow, groupSnapshot } from '../dns/room.ts';
import { ip, NOON, name, SECOND } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

const TTL = 2 * SECOND;
const GRACE = SECOND;
const HEADROOM = 3 * SECOND;
const STEP = SECOND / 5;
/** A question of ours through all stages has the last good answer by then; a probe waits longer. */
const WARM_FAILS_MS = 1800;
const PROBE_FAILS_MS = 5000;
const KEY = { groupId: 1, name: name('warm.example'), address: ip('198.51.100.1') };

/** One warm name with the shortest leases, whose upstream falls silent at some moment. */
function stage() {
  const clock = manualClock(NOON);
  const ledger = new Ledger({ save: () => undefined, end: () => undefined });
  const world = { silent: false };
  const link = {
    connected: true,
    resolve({ purpose }: { readonly purpose: string }) {
      if (world.silent) {
        const ms = purpose === 'warm' ? WARM_FAILS_MS : PROBE_FAILS_MS;
        return new Promise<ResolveOutcome>((resolve) => clock.after(ms, () => resolve('failed')));
      }
      if (purpose === 'warm') {
        const toldUntil = clock.now() + TTL;
        const until = toldUntil + GRACE + HEADROOM;
        keeper.open([{ ...KEY, ruleId: 1, cause: 'answer', toldUntil, until }]);
      }
      return Promise.resolve<ResolveOutcome>('found');
    },
  } as Partial<DataLink> as DataLink;
  const policy = compileSnapshot(1, [
    groupSnapshot({ gated: true, graceMs: GRACE, headroomMs: HEADROOM, rules: [allow('warm.example')] }),
  ]);
  const keeper = createLeaseKeeper({
    clock,
    log: silentLog(),
    ledger,
    link,
    policy: () => policy,
    isTemporary: () => false,
    attempt(_, write) {
      write();
      return true;
    },
    onChange: () => undefined,
    usedSince: () => undefined,
    toldLately: () => [],
    lastLearning: () => ({ from: 0, pauses: [] }),
    onLeftOut: () => undefined,
  });
  const warming = startWarming({
    clock,
    log: silentLog(),
    ledger,
    link,
    names: () => [{ groupId: KEY.groupId, name: KEY.name, ipv6: false, always: true }],
    random: () => 0.5,
    onFailed: keeper.upstreamFailed,
  });
  onTestFinished(() => {
    warming.close();
    keeper.close();
  });
  return { clock, ledger, world };
}

test('an upstream that falls silent at any moment closes no warm name, however short its leases', async () => {
  for (let silentAt = 10 * SECOND; silentAt < 20 * SECOND; silentAt += STEP) {
    const { clock, ledger, world } = stage();
    for (let at = 0; at < 40 * SECOND; at += STEP) {
      world.silent = at >= silentAt;
      clock.advance(STEP);
      await settle(2);
      expect(ledger.get(KEY), `silent since ${silentAt} ms, now ${at} ms`).toBeDefined();
    }
  }
});
