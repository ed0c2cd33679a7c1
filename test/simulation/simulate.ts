/** One simulated house from its seed: runs until its time is over, or a promise is broken. */
import { chanceOf } from './chance.ts';
import { type Clients, startClients } from './clients.ts';
import { createCounts } from './counts.ts';
import { countEnds, type DatabaseFile, type Disk, newDatabase } from './database.ts';
import { FAULTS, type Stage, startFaults } from './faults.ts';
import { createFirewall, type Firewall, type FirewallWatcher } from './firewall.ts';
import { startHeldPlans } from './held-plans.ts';
import { createHouse, type House } from './house.ts';
import { clockText, createJournal, type Detail } from './journal.ts';
import { Crash } from './life.ts';
import { keyOfLine } from './logs.ts';
import { unchanged } from './mutations.ts';
import { startOpenings } from './openings.ts';
import { createOracle } from './oracle.ts';
import { type Pair, startPair } from './pair.ts';
import { startPeople } from './people.ts';
import { watchQuiet } from './quiet.ts';
import type { BrokenPromise, SimulationOptions, SimulationResult } from './result.ts';
import { startRounds } from './rounds.ts';
import { watchStickyChoices } from './sticky.ts';
import { createTimeline } from './timeline.ts';
import { createInternet, nameText } from './upstream.ts';
import { designWorld, HOUR, MINUTE, SECOND } from './world.ts';

/** 2026-11-22 12:00 UTC: every simulation begins then. */
const START = Date.UTC(2026, 10, 22, 12);

/** What went on in memory while the disk was full is written down with the next heartbeat; one may have been under way. */
const SAVED_MS = 10 * SECOND;

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, hours, mutation = unchanged, digest = false } = options;
  const design = designWorld(seed, options.groups);
  const journal = createJournal({ whole: digest });
  const counts = createCounts();
  let broken: BrokenPromise | undefined;
  const note = (what: string, ...details: readonly Detail[]) =>
    journal.note(timeline.now - START, what, ...details);
  const fail = (promise: string, detail: string) => {
    const at = clockText(timeline.now - START);
    broken ??= { promise, detail, seed, step: timeline.step, at, events: journal.last() };
  };
  const failed = (error: unknown) => {
    if (error instanceof Crash) return;
    fail('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  const happened = (what: string) => {
    counts.add(what);
    quiet.disturbed();
    note('fault:', what);
  };

  const timeline = createTimeline(START, failed);
  const sticky = watchStickyChoices(() => timeline.now);
  const internet = createInternet({
    timeline,
    chance: chanceOf(seed, 2),
    names: design.names,
    watcher: {
      asked(name) {
        counts.add('exchanges');
        note('upstream asked', name);
        oracle.asked(name);
      },
      answered(answer) {
        const { name, family, addresses, ttlS, isProbe } = answer;
        if (isProbe) counts.add('seen: probe answered');
        note('upstream answers', name, ttlS, addresses, isProbe ? 'a probe' : undefined);
        oracle.answered(answer);
        if (!isProbe) mutation.answered(answer, timeline.now);
        sticky.answered(name, family, addresses, ttlS);
      },
      denied(name) {
        note('upstream denies', name);
        oracle.denied(name);
      },
      failed(name, family) {
        note('upstream fails', name, family);
        oracle.failed(name, family);
        sticky.failed(name, family);
      },
    },
  });
  const firewallWatcher: FirewallWatcher = {
    removed(firewall, address, how) {
      note('closed', firewall.design.name, address, how);
      pair?.changed(firewall);
      oracle.removed(firewall, address, how);
    },
    added(firewall, address) {
      note('opened', firewall.design.name, address);
      pair?.changed(firewall);
      oracle.added(firewall, address);
    },
    wrote(firewall) {
      if (firewall.design.copies !== undefined)
        fail('bug', `${firewall.design.name} was written, which is only verified`);
      oracle.wrote(firewall);
    },
    shown(firewall, madeAt) {
      if (firewall.design.copies !== undefined) counts.add('seen: verified firewall read');
      oracle.shown(firewall, madeAt);
      if (!oracle.hasUnnoticed(firewall, madeAt)) return;
      const { controlLife, dataLife } = house;
      timeline.after(oracle.noticeMs, () => {
        if (controlLife.alive && dataLife.alive && house.controlLife === controlLife)
          oracle.noticed(firewall, madeAt);
      });
    },
    happened,
  };
  const firewalls: readonly Firewall[] = design.firewalls.map((one, i) =>
    createFirewall(one, { timeline, chance: chanceOf(seed, 100 + i), watcher: firewallWatcher }),
  );

  const pair: Pair | undefined = startPair(timeline, chanceOf(seed, 14), firewalls);
  let database: DatabaseFile = newDatabase();
  const disk: Disk = {
    full: false,
    fullSince: 0,
    fullUntil: 0,
    crash: undefined,
    onCrash: () => undefined,
  };
  const wall = { offsetMs: 0 };
  const people = startPeople({
    design,
    chance: chanceOf(seed, 3),
    besides: chanceOf(seed, 10),
    house: () => house,
    db: () => database.db,
    now: () => timeline.now + wall.offsetMs,
    watcher: {
      decided(what, before) {
        counts.add(`decision: ${what}`);
        note('decision:', what);
        oracle.decided(before);
      },
      inForce: () => oracle.inForce(),
    },
  });
  const openings = startOpenings({
    design,
    timeline,
    chance: chanceOf(seed, 7),
    house: () => house,
    db: () => database.db,
    clockOffset: () => wall.offsetMs,
    isDiskFull: () => disk.full,
    happened,
    count: (what) => counts.add(what),
  });
  const quiet = watchQuiet({ timeline, house: () => house, firewalls, internet, disk });
  const oracle = createOracle({
    design,
    firewalls,
    quiet,
    decrees: people.decrees,
    openings,
    now: () => timeline.now,
    clockOffset: () => wall.offsetMs,
    isDiskFull: () => disk.full,
    diskFullSince: () => disk.fullSince,
    mayBeUnsaved: () => disk.full || timeline.now - disk.fullUntil < SAVED_MS,
    broken: fail,
    count: (what) => counts.add(what),
  });
  const house: House = createHouse({
    timeline,
    chance: chanceOf(seed, 4),
    internet,
    firewalls,
    disk,
    database: () => database,
    openings: () => openings,
    wall,
    limits: design.limits,
    mutation,
    watcher: {
      happened,
      failed,
      logged(line) {
        if (line.verdict === 'allowed' && line.reason === 'not-confirmed')
          oracle.markedUnconfirmed(keyOfLine(line), line.count);
        if (line.reason === 'stale') counts.add('seen: stale answer');
        if (line.verdict === 'failed' && line.reason === 'not-confirmed')
          counts.add('hold limit reached, strict');
      },
      saw(message) {
        if (message.kind === 'resolve' && message.purpose === 'warm') counts.add('seen: warm look-up');
        if (message.kind !== 'view') return;
        for (const { cap } of message.leftOut ?? []) counts.add(`left out: ${cap}`);
        counts.add(
          'seen: withdrawal',
          message.changes.filter(({ heldUntil }) => heldUntil === undefined).length,
        );
      },
      heard(message) {
        if (message.kind !== 'view') return;
        for (const { name, address, heldUntil } of message.changes)
          oracle.heard(nameText(name), address, heldUntil !== undefined);
      },
      dataPlaneGone() {
        note('the data plane is gone');
        oracle.dataPlaneGone();
        oracle.disturbed(firewalls);
        rounds.startOver();
      },
      controlChanged() {
        note('the control plane has gone or come');
        if (house.control !== undefined) oracle.started();
        else oracle.memoryLost();
        oracle.disturbed(firewalls);
      },
    },
  });
  const clients: Clients = startClients({
    timeline,
    chance: chanceOf(seed, 5),
    design,
    handler: () => house.handler(),
    clockOffset: () => wall.offsetMs,
    asked: () => counts.add('questions'),
    onReply(reply, rcode) {
      counts.add(`reply ${rcode}`);
      note('told', reply.group, reply.name, reply.type, rcode, reply.addresses);
      if (sticky.isSticky(reply)) counts.add('seen: sticky choice');
      oracle.replied(reply, rcode);
      oracle.told(reply);
    },
    onConnect(group, address) {
      for (const firewall of firewalls) if (firewall.design.groups.includes(group)) firewall.passed(address);
    },
  });

  const stage: Stage = {
    design,
    timeline,
    chance: chanceOf(seed, 6),
    besides: chanceOf(seed, 11),
    house,
    firewalls,
    internet,
    people,
    clients,
    disk,
    openings,
    names: [...design.names.keys()],
    watcher: {
      happened,
      disturbed: (some) => oracle.disturbed(some),
      outageBegins: () => oracle.outageBegins(),
      outageEnds: () => oracle.outageEnds(),
      clockStepped: (stepMs, isSameBoot) => oracle.clockStepped(stepMs, isSameBoot),
    },
    loseDatabase() {
      const before = people.decrees.latest;
      countEnds(database, counts.add);
      database.file.close();
      database = newDatabase();
      people.writeAllAgain();
      openings.forget();
      oracle.decided(before);
      oracle.ledgerLost();
    },
  };

  const rounds = startRounds({
    timeline,
    house,
    firewalls,
    oracle,
    people,
    isTroubled: () => disk.full || disk.crash !== undefined,
    held: (more) => counts.add('seen: answers held', more),
    claimed({ cutShort, endedInOutage, unexplainedRemovals }) {
      counts.add('status: cut short', cutShort);
      if (endedInOutage > 0) fail('P5', `the status counts ${endedInOutage} leases that ended in an outage`);
      if (unexplainedRemovals > 0)
        fail('P5', `the status counts ${unexplainedRemovals} removals for no reason`);
    },
  });

  startHeldPlans({
    timeline,
    chance: chanceOf(seed, 12),
    house: () => house,
    firewalls: firewalls.filter(({ design: { copies } }) => copies === undefined),
    watcher: {
      filled(firewall, added) {
        happened('person fills a table');
        oracle.disturbed([firewall]);
        oracle.filled(firewall, added);
      },
      released(firewall, removals) {
        counts.add('decision: release a held plan');
        note('decision: release', firewall.design.name, removals);
        oracle.released(firewall, removals);
      },
      dropped(firewall, removals) {
        counts.add('decision: drop a held plan');
        note('decision: drop', firewall.design.name, removals);
        oracle.dropped(firewall, removals);
      },
    },
  });

  const restore = mutation.alter();
  house.start();
  options.story?.(stage);
  if (options.story === undefined) startFaults(stage, options.faults ?? Object.keys(FAULTS));
  const end = START + hours * HOUR;
  const onStep = () => {
    const stray = options.stray?.();
    if (stray !== undefined) failed(stray);
    return broken === undefined;
  };
  while (timeline.now < end && broken === undefined)
    await timeline.runUntil(Math.min(end, timeline.now + MINUTE), onStep);

  if (broken === undefined) await compareCounters();
  countEnds(database, counts.add);
  house.controlLife.end();
  house.dataLife.end();
  restore();
  database.file.close();
  return {
    seed,
    groups: design.groups.length,
    hours: (timeline.now - START) / HOUR,
    counts: counts.all(),
    broken,
    digest: digest ? journal.digest() : undefined,
  };

  /** What was told without being confirmed: by the log, and by the status. */
  async function compareCounters(): Promise<void> {
    clients.quiet = true;
    await timeline.runUntil(timeline.now + 30 * SECOND, () => true);
    const { control } = house;
    if (control !== undefined && house.dataLife.alive && house.wire.slowestMs < SECOND)
      oracle.compareUnconfirmed(control.status.read().counters.toldUnconfirmed);
  }
}
