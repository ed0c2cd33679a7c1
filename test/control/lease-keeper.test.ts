import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ROOT } from '../../src/base/domain-name.ts';
import { KnownError } from '../../src/base/errors.ts';
import type { IpAddress } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import type { DataLink } from '../../src/control/data-link.ts';
import type { Learning, LearningTime, ToldAddress } from '../../src/control/learning.ts';
import { createLeaseKeeper } from '../../src/control/lease-keeper.ts';
import { ledgerStore } from '../../src/control/ledger-store.ts';
import { isTemporary, readPolicy } from '../../src/control/policy-source.ts';
import { createRecorder } from '../../src/control/recorder.ts';
import type { LeaseRequest, LeftOut } from '../../src/ledger/lease.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { compileSnapshot } from '../../src/plane/policy-snapshot.ts';
import type { ResolveOutcome } from '../../src/plane/protocol.ts';
import { removeGroup, updateGroup } from '../../src/store/groups.ts';
import { listLeases } from '../../src/store/leases.ts';
import { addRule, endRule, getRule, type NewRule } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { group as addGroup, HOUR, ip, MINUTE, NOON, name, SECOND } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';

/** A ledger over a real database, a policy read from it, and an upstream that is a variable. */
function stage(mode: 'learn' | 'enforce' = 'enforce') {
  const clock = manualClock(NOON);
  const db = mainDb();
  const { id: groupId } = addGroup(db, 'plex', '192.168.20.5');
  updateGroup(db, groupId, { mode, graceMs: 10 * MINUTE });
  const store = ledgerStore(db);
  const fits = () => {
    if (world.diskFull) throw new KnownError('storage-full', 'the disk is full');
  };
  const ledger = new Ledger({
    save(leases, ends) {
      fits();
      store.save(leases, ends);
    },
    end(...ended) {
      fits();
      store.end(...ended);
    },
  });
  const asked: string[] = [];
  const changes: string[] = [];
  const leftOut: LeftOut[] = [];
  const world = {
    upstream: 'found' as ResolveOutcome | 'silent',
    /** Ends the silence of the last question. */
    answer: (_: ResolveOutcome) => {},
    diskFull: false,
    policyReads: 0,
    used: (_: IpAddress, __: number): boolean | undefined => undefined,
    told: [] as readonly ToldAddress[],
    lastLearning: { from: 0, pauses: [] } as Learning,
    learnt: [] as LearningTime[],
  };
  const link = {
    resolve(question: { readonly qtype: number }) {
      asked.push(String(question.qtype));
      if (world.upstream !== 'silent') return Promise.resolve(world.upstream);
      return new Promise<ResolveOutcome>((resolve) => {
        world.answer = resolve;
      });
    },
  } as Partial<DataLink> as DataLink;
  let policy = compileSnapshot(
    1,
    readPolicy(db, clock.now(), { gated: new Set([groupId]), frugal: new Set() }),
  );
  const { attempt } = createRecorder(db, silentLog());
  const keeper = createLeaseKeeper({
    clock,
    log: silentLog(),
    ledger,
    link,
    policy() {
      world.policyReads++;
      return policy;
    },
    isTemporary: (ruleId) => isTemporary(getRule(db, ruleId)),
    attempt,
    onChange: (_, why) => void changes.push(why),
    usedSince: (_, address, at) => world.used(address, at),
    toldLately(_, learnt) {
      world.learnt.push(learnt);
      return world.told;
    },
    lastLearning: () => world.lastLearning,
    onLeftOut: (left) => void leftOut.push(...left),
  });
  onTestFinished(() => keeper.close());
  const allow = (pattern: string, more: Partial<NewRule> = {}) =>
    addRule(db, {
      groupId,
      action: 'allow',
      pattern,
      origin: 'person',
      createdAt: clock.now(),
      createdBy: 'anna',
      ...more,
    }).rule.id;
  return {
    clock,
    db,
    groupId,
    ledger,
    keeper,
    asked,
    changes,
    leftOut,
    world,
    allow,
    /** A new policy came into force. */
    rebind() {
      policy = compileSnapshot(
        policy.epoch + 1,
        readPolicy(db, clock.now(), { gated: new Set([groupId]), frugal: new Set() }),
      );
      return keeper.rebind();
    },
    open(ruleId: number | undefined, more: Partial<LeaseRequest> = {}) {
      keeper.open([
        {
          groupId,
          name: name('plex.tv'),
          address: ip('198.51.100.1'),
          ruleId,
          cause: 'answer',
          toldUntil: clock.now() + 5 * MINUTE,
          until: clock.now() + HOUR,
          ...more,
        },
      ]);
    },
    stored: () => listLeases(db, { limit: 10 }).items,
    async pass(ms: number, stepMs = SECOND) {
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs));
        await settle(2);
      }
    },
  };
}

test('a lease ends in its time when the upstream still answers for the name', async () => {
  const { allow, rebind, open, pass, ledger, changes, stored, asked } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  expect(changes).toEqual(['nudge']);
  await pass(HOUR - SECOND);
  expect(asked).toEqual(['1']);
  expect(ledger.size).toBe(1);
  await pass(2 * SECOND);
  expect(ledger.size).toBe(0);
  expect(changes).toEqual(['nudge', 'lease-end']);
  expect(stored()).toMatchObject([{ endCause: 'expired' }]);
});

test('a person takes an address back: every name of the group loses it, another address stays', () => {
  const { allow, rebind, open, ledger, keeper, groupId, changes, stored } = stage();
  const rule = allow('.plex.tv');
  rebind();
  open(rule);
  open(rule, { name: name('metadata.plex.tv') });
  open(rule, { address: ip('198.51.100.2') });
  keeper.revoke(groupId + 1, ip('198.51.100.1'));
  expect(ledger.size).toBe(3);
  keeper.revoke(groupId, ip('198.51.100.1'));
  expect([...ledger.live()].map(({ address }) => address)).toEqual(['198.51.100.2']);
  expect(changes.at(-1)).toBe('nudge');
  expect(stored().filter(({ endCause }) => endCause === 'revoked')).toHaveLength(2);
});

test('the end of one lease among thousands costs no look at the others, nor does a renewal', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv');
  rebind();
  for (let n = 0; n < 2000; n++) {
    open(rule, { address: ip(`10.0.${n >> 8}.${n & 255}`), until: NOON + HOUR + n * MINUTE });
  }
  await pass(HOUR - 10 * SECOND);
  world.policyReads = 0;
  open(rule, { address: ip('10.0.0.0'), until: NOON + HOUR + SECOND });
  await pass(15 * SECOND);
  expect(ledger.size).toBe(1999);
  expect(world.policyReads).toBeLessThan(30);
});

test('an answer lets go what ends now, and says nothing of what ends later', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  open(rule, { address: ip('198.51.100.2'), until: NOON + 2 * HOUR });
  await pass(HOUR + SECOND);
  expect(ledger.size).toBe(1);
  world.upstream = 'failed';
  await pass(HOUR + MINUTE);
  expect([...ledger.live()]).toMatchObject([{ address: ip('198.51.100.2'), cause: 'outage' }]);
});

test.each([
  ['somebody hears', (made: ReturnType<typeof stage>) => made.keeper.upstreamFailed(1, name('plex.tv'), 4)],
  [
    'a client is told the last good answer',
    (made: ReturnType<typeof stage>) =>
      made.open(undefined, { address: ip('198.51.100.2'), cause: 'outage', until: NOON + HOUR }),
  ],
] as const)('what a look let go is kept when %s that the upstream has failed since', async (_, hear) => {
  const made = stage();
  const { allow, rebind, open, pass, ledger, world, asked } = made;
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  open(rule, { address: ip('198.51.100.2'), until: NOON + 2 * HOUR });
  await pass(HOUR - 3 * SECOND);
  expect(asked).toHaveLength(1);
  world.upstream = 'failed';
  hear(made);
  await pass(MINUTE / 2);
  expect(ledger.get({ groupId: 1, name: name('plex.tv'), address: ip('198.51.100.1') })).toMatchObject({
    cause: 'outage',
  });
  world.upstream = 'found';
  await pass(2 * MINUTE);
  expect([...ledger.live()]).toMatchObject([{ address: ip('198.51.100.2') }]);
});

test.each(['gone', 'refused'] as const)('%s counts as an answer', async (outcome) => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  world.upstream = outcome;
  await pass(HOUR + SECOND);
  expect(ledger.size).toBe(0);
});

test.each(['failed', 'silent'] as const)(
  'while the upstream is %s a lease goes on, and ends once it is back',
  async (outcome) => {
    const { allow, rebind, open, pass, ledger, world, stored, keeper } = stage();
    const rule = allow('plex.tv');
    rebind();
    open(rule, { until: NOON + 2 * MINUTE });
    world.upstream = outcome;
    await pass(10 * MINUTE);
    expect([...ledger.live()]).toMatchObject([{ cause: 'outage' }]);
    expect(stored()).toMatchObject([
      { cause: 'outage', endedAt: undefined },
      { cause: 'answer', endCause: 'taken-over' },
    ]);
    world.upstream = 'found';
    await pass(2 * MINUTE);
    expect(ledger.size).toBe(0);
    expect(keeper.counters()).toMatchObject({ endedInOutage: 0 });
  },
);

test('the last good answer of an outage renews a lease, and opens none that has ended', () => {
  const { allow, rebind, open, ledger } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule, { cause: 'outage' });
  expect(ledger.size).toBe(0);
  open(rule);
  open(rule, { cause: 'outage', until: NOON + 2 * HOUR });
  expect([...ledger.live()]).toMatchObject([{ until: NOON + 2 * HOUR }]);
});

test('the ledger hears that upstreams fail, from a look and from the last good answer that was told', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const failed = vi.spyOn(ledger, 'upstreamFailed');
  const rule = allow('plex.tv');
  rebind();
  open(rule, { until: NOON + MINUTE });
  expect(failed).not.toHaveBeenCalled();
  world.upstream = 'failed';
  await pass(MINUTE);
  expect(failed).toHaveBeenCalledOnce();
  open(rule, { cause: 'outage' });
  expect(failed).toHaveBeenCalledTimes(2);
});

test('what ends while its upstream fails is counted, whatever let it go', async () => {
  const { allow, rebind, open, pass, ledger, world, keeper } = stage();
  const rule = allow('plex.tv');
  allow('short.example', { expiresAt: NOON + 10 * MINUTE });
  rebind();
  open(rule, { until: NOON + 2 * MINUTE });
  const temporary = { name: name('short.example'), address: ip('198.51.100.9') };
  open(rule + 1, { ...temporary, until: NOON + 5 * MINUTE });
  world.upstream = 'failed';
  // Kept, and looked at again each minute.
  await pass(8 * MINUTE);
  expect(ledger.size).toBe(2);
  await pass(4 * MINUTE);
  // Its rule has ended.
  expect(ledger.size).toBe(1);
  expect(keeper.counters()).toMatchObject({ endedInOutage: 0 });
  vi.spyOn(ledger, 'throughOutage').mockReturnValue([]);
  await pass(2 * MINUTE);
  expect(ledger.size).toBe(0);
  expect(keeper.counters()).toMatchObject({ endedInOutage: 1 });
});

test('an outage of a day lets go, and that breaks no promise', async () => {
  const { allow, rebind, open, clock, ledger, world, keeper } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule, { until: NOON + 2 * MINUTE });
  world.upstream = 'failed';
  for (let minutes = 0; minutes < 24 * 60; minutes++) {
    clock.advance(MINUTE);
    await settle(1);
  }
  expect(ledger.size).toBe(1);
  for (let minutes = 0; minutes < 5; minutes++) {
    clock.advance(MINUTE);
    await settle(1);
  }
  expect(ledger.size).toBe(0);
  expect(keeper.counters()).toMatchObject({ endedInOutage: 0 });
});

test('the firewall hears of a silent upstream before the entry could end there', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule, { until: NOON + 2 * MINUTE });
  world.upstream = 'silent';
  await pass(2 * MINUTE - 401, 100);
  expect([...ledger.live()]).toMatchObject([{ cause: 'answer' }]);
  await pass(1);
  expect([...ledger.live()]).toMatchObject([{ cause: 'outage' }]);
});

test('what has come to its end unseen waits five seconds for its upstream', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv');
  rebind();
  world.upstream = 'silent';
  open(rule, { until: NOON });
  await pass(4 * SECOND);
  expect([...ledger.live()]).toMatchObject([{ cause: 'answer' }]);
  world.answer('found');
  await pass(2 * SECOND);
  expect(ledger.size).toBe(0);
});

test('two addresses of a name that end together are settled by one look', async () => {
  const { allow, rebind, open, pass, ledger, world, asked } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule, { until: NOON + 2 * MINUTE });
  open(rule, { address: ip('198.51.100.2'), until: NOON + 2 * MINUTE + SECOND });
  world.upstream = 'silent';
  await pass(2 * MINUTE - 3 * SECOND);
  world.answer('found');
  await pass(5 * SECOND);
  expect(asked).toHaveLength(1);
  expect(ledger.size).toBe(0);
});

test('what was found in the alias has its day, and no upstream is asked about it', async () => {
  const { ledger, groupId, world, asked, keeper, pass } = stage('learn');
  const adopted = {
    groupId,
    name: ROOT,
    address: ip('198.51.100.1'),
    ruleId: undefined,
    cause: 'adopted',
    toldUntil: NOON,
    until: NOON + HOUR,
  } as const;
  ledger.open([adopted], NOON);
  world.upstream = 'failed';
  await pass(HOUR + SECOND);
  expect(ledger.size).toBe(0);
  expect(asked).toEqual([]);
  expect(keeper.counters()).toMatchObject({ endedInOutage: 0 });
});

test('what another rule allows for a while goes on for that at the longest', () => {
  const { allow, rebind, open, ledger, db } = stage();
  const rule = allow('.tv');
  rebind();
  open(rule, { until: NOON });
  endRule(db, rule, { at: NOON, by: 'anna' });
  allow('plex.tv', { expiresAt: NOON + MINUTE });
  rebind();
  expect([...ledger.live()]).toMatchObject([{ until: NOON + MINUTE }]);
});

test('on a full disk an outage still keeps its names, and what ends is closed', async () => {
  const { allow, rebind, open, pass, ledger, world, stored, leftOut, clock } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule, { until: NOON + 2 * MINUTE });
  world.diskFull = true;
  world.upstream = 'failed';
  await pass(5 * MINUTE);
  expect([...ledger.live()].map(({ until }) => until > clock.now())).toEqual([true]);
  open(rule, { address: ip('198.51.100.2') });
  expect(ledger.size).toBe(1);
  expect(leftOut).toMatchObject([{ name: name('plex.tv'), address: '198.51.100.2', cap: 'storage' }]);
  world.upstream = 'found';
  await pass(2 * MINUTE);
  expect(ledger.size).toBe(0);
  expect(stored()).toMatchObject([{ endedAt: undefined }]);
});

test('revoking a rule ends its leases now, and none that another name or rule needs', () => {
  const { allow, rebind, open, ledger, db, stored } = stage();
  const exact = allow('plex.tv');
  const wide = allow('.tv', { note: 'all of it' });
  const other = allow('other.example');
  rebind();
  open(exact);
  open(other, { name: name('other.example') });
  endRule(db, exact, { at: NOON, by: 'anna' });
  expect(rebind()).toEqual([]);
  expect(ledger.get({ groupId: 1, name: name('plex.tv'), address: ip('198.51.100.1') })?.ruleId).toBe(wide);
  endRule(db, wide, { at: NOON, by: 'anna' });
  expect(rebind()).toMatchObject([{ name: name('plex.tv') }]);
  expect([...ledger.live()]).toMatchObject([{ name: name('other.example'), address: ip('198.51.100.1') }]);
  expect(stored().map((lease) => lease.endCause)).toEqual(['revoked', undefined, 'taken-over']);
});

test('a temporary rule takes its leases with it, whatever the upstream does', async () => {
  const { allow, rebind, open, pass, ledger, world, asked, stored, db } = stage();
  const rule = allow('plex.tv', { expiresAt: NOON + 15 * MINUTE });
  rebind();
  open(rule, { until: NOON + 15 * MINUTE });
  world.upstream = 'failed';
  await pass(15 * MINUTE + SECOND);
  expect(ledger.size).toBe(0);
  expect(asked).toEqual([]);
  expect(stored()).toMatchObject([{ endCause: 'expired' }]);

  const again = allow('plex.tv', { expiresAt: NOON + HOUR });
  rebind();
  open(again, { until: NOON + HOUR });
  endRule(db, again, { at: NOON, by: 'anna' });
  expect(rebind()).toHaveLength(1);
  expect(stored()[0]).toMatchObject({ endCause: 'rule-ended' });
});

test('an outage keeps what a temporary rule opened, until the rule ends', async () => {
  const { allow, rebind, open, pass, ledger, world } = stage();
  const rule = allow('plex.tv', { expiresAt: NOON + 15 * MINUTE });
  rebind();
  open(rule, { until: NOON + 5 * MINUTE });
  world.upstream = 'failed';
  await pass(14 * MINUTE);
  expect([...ledger.live()]).toMatchObject([{ cause: 'outage' }]);
  await pass(MINUTE + SECOND);
  expect(ledger.size).toBe(0);
});

describe('an address still in use at the end of its lease', () => {
  const term = 10 * MINUTE;
  const opened = (more: Partial<NewRule> = {}, mode: 'learn' | 'enforce' = 'enforce') => {
    const made = stage(mode);
    const rule = made.allow('plex.tv', more);
    made.rebind();
    made.open(rule, { until: NOON + term });
    return made;
  };

  test('is kept for two minutes at a time, as long as it is used', async () => {
    const { pass, ledger, world, stored, changes } = opened();
    const asked: number[] = [];
    world.used = (_, at) => {
      asked.push(at);
      return asked.length < 3;
    };
    await pass(term + 2 * MINUTE);
    expect([...ledger.live()]).toMatchObject([{ cause: 'in-use', until: NOON + term + 4 * MINUTE }]);
    expect(asked[0]).toBe(NOON + term - 5 * SECOND - 2 * MINUTE);
    expect(changes).toEqual(['nudge', 'nudge', 'nudge']);
    await pass(2 * MINUTE + SECOND);
    expect(ledger.size).toBe(0);
    expect(stored()).toMatchObject([
      { cause: 'in-use', endCause: 'expired' },
      { cause: 'answer', endCause: 'taken-over' },
    ]);
  });

  test('is kept for a day at most', async () => {
    const { pass, ledger, world } = opened();
    world.used = () => true;
    await pass(term + 24 * HOUR - MINUTE, 10 * SECOND);
    expect([...ledger.live()]).toMatchObject([{ cause: 'in-use' }]);
    await pass(2 * MINUTE);
    expect(ledger.size).toBe(0);
  });

  test('is an answer again when one names it', async () => {
    const { pass, ledger, world, open } = opened();
    world.used = () => true;
    await pass(term);
    open([...ledger.live()][0]?.ruleId, { until: NOON + 2 * HOUR });
    expect([...ledger.live()]).toMatchObject([{ cause: 'answer', until: NOON + 2 * HOUR }]);
  });

  test('is kept through an outage, and goes after it when it is used no more', async () => {
    const { pass, ledger, world } = opened();
    world.used = () => true;
    await pass(term);
    world.used = () => false;
    world.upstream = 'failed';
    await pass(HOUR, 10 * SECOND);
    expect([...ledger.live()]).toMatchObject([{ cause: 'in-use' }]);
    world.upstream = 'found';
    await pass(3 * MINUTE);
    expect(ledger.size).toBe(0);
  });

  test.each([
    ['nobody can tell', undefined],
    ['it is not', false],
  ])('ends when %s', async (_, used) => {
    const { pass, ledger, world } = opened();
    world.used = () => used;
    await pass(term + SECOND);
    expect(ledger.size).toBe(0);
  });

  test('ends all the same under a temporary rule, in a pause, learnt, or revoked', async () => {
    const temporary = opened({ expiresAt: NOON + 2 * HOUR });
    temporary.world.used = () => true;
    await temporary.pass(term + SECOND);
    expect(temporary.ledger.size).toBe(0);

    const learnt = stage('learn');
    learnt.world.used = () => true;
    learnt.open(undefined, { cause: 'learn', until: NOON + term });
    await learnt.pass(term + SECOND);
    expect(learnt.ledger.size).toBe(0);

    const revoked = opened();
    revoked.world.used = () => true;
    await revoked.pass(term + SECOND);
    endRule(revoked.db, [...revoked.ledger.live()][0]?.ruleId ?? 0, { at: NOON, by: 'anna' });
    expect(revoked.rebind()).toHaveLength(1);
  });
});

describe('from learning to enforcing', () => {
  const learnt = () => {
    const made = stage('learn');
    made.open(undefined, { cause: 'learn', toldUntil: NOON + 5 * MINUTE, until: NOON + 5 * HOUR });
    return made;
  };

  test('what a rule allows stays, as an answer', () => {
    const { allow, rebind, db, groupId, ledger } = learnt();
    const rule = allow('plex.tv');
    updateGroup(db, groupId, { mode: 'enforce' });
    expect(rebind()).toEqual([]);
    expect([...ledger.live()]).toMatchObject([{ ruleId: rule, cause: 'answer', until: NOON + 5 * HOUR }]);
  });

  test('the rest runs out its told term and the grace, on disk too, even in an outage', async () => {
    const { rebind, db, groupId, ledger, pass, stored, world } = learnt();
    updateGroup(db, groupId, { mode: 'enforce' });
    world.upstream = 'failed';
    expect(rebind()).toEqual([]);
    const until = NOON + 15 * MINUTE;
    expect([...ledger.live()]).toMatchObject([{ cause: 'learn', until }]);
    expect(stored()).toMatchObject([{ until }]);
    await pass(15 * MINUTE - SECOND);
    expect(ledger.size).toBe(1);
    await pass(2 * SECOND);
    expect(ledger.size).toBe(0);
  });

  test('nothing gets longer by it', () => {
    const { rebind, db, groupId, ledger, open } = stage('learn');
    open(undefined, { cause: 'learn', toldUntil: NOON + 5 * MINUTE, until: NOON + 6 * MINUTE });
    updateGroup(db, groupId, { mode: 'enforce' });
    rebind();
    rebind();
    expect([...ledger.live()]).toMatchObject([{ until: NOON + 6 * MINUTE }]);
  });

  test('what was told is open for its term, also where learning opened nothing', async () => {
    const { allow, rebind, db, groupId, ledger, world, pass, changes } = stage('learn');
    allow('plex.tv');
    allow('bad.example', { action: 'deny' });
    const told = (text: string, n: number) => ({
      name: name(text),
      address: ip(`198.51.100.${n}`),
      toldUntil: NOON + 5 * MINUTE,
    });
    world.told = [told('plex.tv', 1), told('other.example', 2), told('bad.example', 3)];
    rebind();
    expect(ledger.size).toBe(0);
    updateGroup(db, groupId, { mode: 'enforce' });
    rebind();
    const until = NOON + 15 * MINUTE;
    expect([...ledger.live()]).toMatchObject([
      { name: name('plex.tv'), cause: 'answer', until },
      { name: name('other.example'), cause: 'learn', until },
    ]);
    expect(changes).toEqual(['nudge']);
    rebind();
    expect(ledger.size).toBe(2);
    await pass(15 * MINUTE + SECOND);
    expect(ledger.size).toBe(0);
  });

  test('what was told before the learning began is not opened again', () => {
    const { rebind, db, groupId, world, clock } = stage('enforce');
    const become = (change: Parameters<typeof updateGroup>[2]) => {
      clock.advance(HOUR);
      updateGroup(db, groupId, change);
      rebind();
    };
    rebind();
    become({ mode: 'learn' });
    become({ pausedUntil: NOON + 10 * HOUR });
    become({ pausedUntil: undefined });
    become({ mode: 'enforce' });
    become({ mode: 'learn' });
    become({ pausedUntil: NOON + 10 * HOUR });
    become({ mode: 'enforce' });
    become({ pausedUntil: undefined });
    expect(world.learnt).toEqual([
      // In a pause nothing is learnt.
      {
        from: NOON + HOUR,
        until: NOON + 4 * HOUR,
        pauses: [{ from: NOON + 2 * HOUR, until: NOON + 3 * HOUR }],
      },
      { from: NOON + 5 * HOUR, until: NOON + 6 * HOUR, pauses: [] },
    ]);
  });

  test('at a start, what was learnt is what was learnt when we stopped', () => {
    const { rebind, world } = stage('enforce');
    rebind();
    expect(world.learnt).toEqual([]);
    const other = stage('enforce');
    const before = { from: NOON - 2 * HOUR, until: NOON - HOUR, pauses: [] };
    other.world.lastLearning = before;
    other.rebind();
    expect(other.world.learnt).toEqual([before]);
  });

  test('what a person denies is closed now', () => {
    const { allow, rebind, db, groupId, ledger } = learnt();
    allow('plex.tv', { action: 'deny' });
    updateGroup(db, groupId, { mode: 'enforce' });
    expect(rebind()).toHaveLength(1);
    expect(ledger.size).toBe(0);
  });
});

test('leases of a pause end with it', () => {
  const { rebind, open, db, groupId, clock, stored } = stage();
  updateGroup(db, groupId, { pausedUntil: NOON + HOUR });
  rebind();
  open(undefined, { cause: 'pause' });
  updateGroup(db, groupId, { pausedUntil: undefined });
  clock.advance(MINUTE);
  expect(rebind()).toHaveLength(1);
  expect(stored()).toMatchObject([{ endCause: 'pause-ended', endedAt: NOON + MINUTE }]);
});

test("at the end of a pause what a rule allows by then is that rule's", () => {
  const { rebind, open, allow, db, groupId, clock, ledger } = stage();
  updateGroup(db, groupId, { pausedUntil: NOON + HOUR });
  rebind();
  open(undefined, { cause: 'pause' });
  const rule = allow('plex.tv');
  clock.advance(MINUTE);
  updateGroup(db, groupId, { pausedUntil: undefined });
  expect(rebind()).toEqual([]);
  expect([...ledger.live()]).toMatchObject([{ ruleId: rule, cause: 'answer', startedAt: NOON + MINUTE }]);
});

describe('what outlives the end of its rule or pause is looked at before it may go', () => {
  const endsAt = NOON + HOUR;

  test('under another rule', async () => {
    const { rebind, open, pass, allow, clock, ledger, world } = stage();
    allow('.plex.tv');
    const temporary = allow('plex.tv', { expiresAt: endsAt });
    rebind();
    open(temporary, { until: endsAt });
    world.upstream = 'failed';
    clock.advance(HOUR);
    expect(rebind()).toEqual([]);
    expect([...ledger.live()]).toMatchObject([{ cause: 'answer', until: endsAt + 10 * MINUTE }]);
    await pass(20 * MINUTE);
    expect([...ledger.live()]).toMatchObject([{ cause: 'outage' }]);
  });

  test('while learning', async () => {
    const { rebind, open, pass, db, groupId, clock, ledger, world } = stage('learn');
    updateGroup(db, groupId, { pausedUntil: endsAt });
    rebind();
    open(undefined, { cause: 'pause', until: endsAt });
    world.upstream = 'failed';
    clock.advance(HOUR);
    expect(rebind()).toEqual([]);
    await pass(20 * MINUTE);
    expect([...ledger.live()]).toMatchObject([{ cause: 'learn' }]);
  });

  test('an outage keeps it beyond that end already before it comes', async () => {
    const { rebind, open, pass, db, groupId, ledger, world } = stage('learn');
    open(undefined, { cause: 'learn', until: endsAt - 30 * SECOND });
    updateGroup(db, groupId, { pausedUntil: endsAt });
    rebind();
    world.upstream = 'failed';
    await pass(HOUR - 20 * SECOND);
    expect([...ledger.live()][0]?.until).toBeGreaterThan(endsAt);
  });
});

test('from enforcing to learning nothing is closed, and back what a rule allows stays', () => {
  const { rebind, open, allow, db, groupId, ledger } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  updateGroup(db, groupId, { mode: 'learn' });
  expect(rebind()).toEqual([]);
  updateGroup(db, groupId, { mode: 'enforce' });
  expect(rebind()).toEqual([]);
  expect([...ledger.live()]).toMatchObject([{ ruleId: rule, cause: 'answer', startedAt: NOON }]);
});

test('leases of a group that is gone end', () => {
  const { allow, rebind, open, db, groupId, stored } = stage();
  const rule = allow('plex.tv');
  rebind();
  open(rule);
  removeGroup(db, groupId, { at: NOON, by: 'anna' });
  expect(rebind()).toHaveLength(1);
  expect(stored()).toMatchObject([{ endCause: 'group-gone' }]);
});

test('what was adopted ends after its day without asking anybody, and no policy ends it before', async () => {
  const { open, rebind, ledger, pass, asked, groupId, clock, world } = stage();
  world.upstream = 'failed';
  ledger.open(
    [
      {
        groupId,
        name: ROOT,
        address: ip('198.51.100.9'),
        ruleId: undefined,
        cause: 'adopted',
        toldUntil: clock.now(),
        until: clock.now() + 5 * MINUTE,
      },
    ],
    clock.now(),
  );
  expect(rebind()).toEqual([]);
  open(undefined);
  expect(ledger.size).toBe(1);
  await pass(5 * MINUTE + SECOND);
  expect(ledger.size).toBe(0);
  expect(asked).toEqual([]);
});

test('what is asked under a rule that ended meanwhile is not opened', () => {
  const { allow, rebind, open, ledger, db, changes } = stage();
  const rule = allow('plex.tv');
  rebind();
  endRule(db, rule, { at: NOON, by: 'anna' });
  rebind();
  open(rule);
  expect(ledger.size).toBe(0);
  expect(changes).toEqual([]);
});

test('what another rule allows by now is opened for that one', () => {
  const { allow, rebind, open, ledger, db, clock } = stage();
  const rule = allow('plex.tv');
  const wider = allow('.tv');
  endRule(db, rule, { at: clock.now(), by: 'anna' });
  rebind();
  open(rule);
  expect([...ledger.live()]).toMatchObject([{ ruleId: wider, cause: 'answer' }]);
});
