/**
 * Days of a Plex host behind a pfSense: both planes with their real gate, ledger and sync, the catalog's names on content
 * networks that rotate, and a firewall of which only the number of writes matters.
 */
import { encode, RECURSION_DESIRED } from 'dns-packet';
import { TransientDriverError } from '../../src/base/errors.ts';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { PFSENSE_CAPABILITIES } from '../../src/firewall/pfsense/driver.ts';
import { addGroup } from '../../src/store/groups.ts';
import { addRule } from '../../src/store/rules.ts';
import { chanceOf } from './chance.ts';
import { type Disk, newDatabase } from './database.ts';
import { CALM, type Firewall } from './firewall.ts';
import { createHouse } from './house.ts';
import { type Mutation, unchanged } from './mutations.ts';
import { type Rotation, rotationWorld } from './rotation-world.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createInternet } from './upstream.ts';
import { DAY, HOUR, MINUTE, SECOND } from './world.ts';

const START = Date.UTC(2026, 10, 22, 12);
const CLIENT = '10.0.0.5';

/** Milliseconds from a write to a table that shows it: a filter reload of a small box. */
const RELOAD_MS = 4 * SECOND;

export interface DayOfWrites {
  readonly writes: number;
  /** Milliseconds from the beginning to the last write. */
  readonly lastWriteMs: number;
  /** Answers that were told before the firewall was seen to hold them. */
  readonly unconfirmed: number;
  readonly questions: number;
  /** Addresses in the table at its end. */
  readonly open: number;
}

export interface DaysOptions {
  readonly seed: number;
  readonly days: number;
  readonly rotation?: Rotation;
}

/** What the owner of a pfSense is promised of its writes (docs/decisions/034); each sentence is one thing that does not hold. */
export function judgeDays(days: readonly DayOfWrites[]): readonly string[] {
  return days.flatMap(({ writes, unconfirmed }, index) => {
    const day = index + 1;
    const most = day === 1 ? FIRST_DAY_BELOW : day === 2 ? undefined : LATER_DAYS_BELOW;
    return [
      ...(most !== undefined && writes >= most
        ? [`day ${day} cost ${writes} writes, not below ${most}`]
        : []),
      ...(unconfirmed > 0 ? [`day ${day} told ${unconfirmed} answers unconfirmed`] : []),
    ];
  });
}

/** Writes of a day: pfSense keeps 30 revisions of its configuration, and the first day must not push all of the owner's out. */
const FIRST_DAY_BELOW = 30;
/** Four batches, and nothing that had to be waited for. */
const LATER_DAYS_BELOW = 5;

export async function daysOfWrites({
  seed,
  days,
  rotation = 'calm',
}: DaysOptions): Promise<readonly DayOfWrites[]> {
  const world = rotationWorld(chanceOf(seed, 1), rotation);
  const failures: unknown[] = [];
  const timeline = createTimeline(START, (error) => failures.push(error));
  const chance = chanceOf(seed, 2);
  const { db, file } = newDatabase();
  const group = addGroup(db, {
    name: 'plex',
    clients: [parsePrefix(CLIENT)],
    origin: 'person',
    createdAt: START,
    mode: 'enforce',
  });
  for (const pattern of world.names.keys()) {
    addRule(db, {
      groupId: group.id,
      action: 'allow',
      pattern,
      origin: 'catalog',
      createdAt: START,
      createdBy: 'catalog',
    });
  }
  const disk: Disk = {
    full: false,
    fullSince: 0,
    fullUntil: 0,
    crash: undefined,
    onCrash: () => undefined,
  };
  const box = dearBox(timeline);
  const internet = createInternet({
    timeline,
    chance: chanceOf(seed, 3),
    names: world.names,
    watcher: {
      asked: () => undefined,
      answered: () => undefined,
      denied: () => undefined,
      failed: () => undefined,
    },
  });
  const house = createHouse({
    timeline,
    chance: chanceOf(seed, 4),
    internet,
    firewalls: [box.firewall],
    disk,
    database: () => ({ db, file }),
    openings: () => ({ feeds: [], fetchList: () => () => Promise.reject(new Error('there is no list')) }),
    wall: { offsetMs: 0 },
    limits: { name: 16, rule: 1000, group: 5000, learn: 2000 },
    mutation: withoutSightings(),
    watcher: {
      happened: () => undefined,
      failed: (error) => failures.push(error),
      logged: () => undefined,
      saw: () => undefined,
      heard: () => undefined,
      dataPlaneGone: () => undefined,
      controlChanged: () => undefined,
    },
  });

  let questions = 0;
  const ask = (name: string, type: 'A' | 'AAAA') => {
    questions++;
    const packet = encode({
      type: 'query',
      id: questions & 0xffff,
      flags: RECURSION_DESIRED,
      questions: [{ name, type }],
    });
    house.handler()?.(
      packet,
      { address: parseIpAddress(CLIENT), port: 5353, protocol: 'udp' },
      () => undefined,
    );
  };
  const askBoth = (name: string) => {
    ask(name, 'A');
    ask(name, 'AAAA');
  };
  /** A boot, somebody who watches, a scan of the library: a share of the names within some minutes. */
  const burst = (names: readonly string[], share: number, withinMs: number) => {
    for (const name of names) {
      if (chance.happens(share)) timeline.after(chance.between(0, withinMs), () => askBoth(name));
    }
  };
  const askNext = () => {
    timeline.after(chance.between(1, 10 * MINUTE), askNext);
    askBoth(chance.pick(world.core));
  };
  const everyDay = () => {
    timeline.after(DAY, everyDay);
    timeline.after(14 * HOUR, () => burst(world.all, 0.7, HOUR));
    for (let i = 0; i < 4; i++)
      timeline.after(chance.between(0, DAY), () => burst(world.all, 0.3, 20 * MINUTE));
  };
  const everyHour = () => {
    timeline.after(HOUR, everyHour);
    world.moveOn(24);
  };
  house.start();
  timeline.after(5 * SECOND, () => burst(world.core, 1, 5 * MINUTE));
  timeline.after(5 * MINUTE, askNext);
  timeline.after(0, everyDay);
  timeline.after(HOUR, everyHour);

  const found: DayOfWrites[] = [];
  let [writes, unconfirmed, asked] = [0, 0, 0];
  for (let day = 1; day <= days; day++) {
    await timeline.runUntil(START + day * DAY, () => failures.length === 0);
    if (failures.length > 0) throw failures[0];
    const told = house.control?.status.read().counters.toldUnconfirmed ?? 0;
    found.push({
      writes: box.writes() - writes,
      lastWriteMs: box.lastWriteAt() - START,
      unconfirmed: told - unconfirmed,
      questions: questions - asked,
      open: box.firewall.table.size,
    });
    [writes, unconfirmed, asked] = [box.writes(), told, questions];
  }
  house.controlLife.end();
  house.dataLife.end();
  file.close();
  return found;
}

/** Every answer is a few rows that nothing here asks for. */
function withoutSightings(): Mutation {
  // Compiled once for each statement: compiling took a seventh of a day.
  const known = new WeakMap<object, boolean>();
  return {
    ...unchanged,
    database: (db) => ({
      ...db,
      prepare(build) {
        const prepared = db.prepare(build);
        const isSighting =
          known.get(build) ??
          build(() => null as never, db.query)
            .compile()
            .sql.startsWith('insert into "sightings"');
        known.set(build, isSighting);
        return isSighting ? { ...prepared, run: () => 1 } : prepared;
      },
    }),
  };
}

/** Like a pfSense: the whole set in one write, seen in the table when the reload is over. */
function dearBox(timeline: Timeline) {
  const table = new Map<string, { endsAt: number; packets: number }>();
  let writes = 0;
  let lastWriteAt = START;
  const later = <T>(ms: number, value: () => T) =>
    new Promise<T>((resolve) => timeline.after(ms, () => resolve(value())));
  const driver: Driver = {
    capabilities: PFSENSE_CAPABILITIES,
    read: () => later(100, () => new Map([...table.keys()].map((address) => [address as IpAddress, {}]))),
    async apply({ add, remove }) {
      writes++;
      lastWriteAt = timeline.now;
      await later(RELOAD_MS, () => {
        for (const { address } of add) table.set(address, { endsAt: Number.POSITIVE_INFINITY, packets: 0 });
        for (const address of remove) table.delete(address);
      });
    },
    examine: async () => [{ check: 'rule-uses-alias', result: 'ok', detail: 'a rule uses it' }],
    close: async () => undefined,
  };
  const notHere = () => {
    throw new TransientDriverError('nothing happens to this firewall');
  };
  const firewall: Firewall = {
    design: { name: 'edge', kind: 'dear', required: true, sentinel: false, groups: ['plex'] },
    table,
    mood: { ...CALM, slowestMs: 100 },
    foreign: new Set(),
    driver: () => driver,
    reboot: notHere,
    personAdds: notHere,
    personRemoves: notHere,
    passed: () => undefined,
    replicate: () => undefined,
  };
  return { firewall, writes: () => writes, lastWriteAt: () => lastWriteAt };
}
