/** What goes wrong, and when. */
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';
import type { Disk } from './database.ts';
import { calmMood, type Firewall, type Mood } from './firewall.ts';
import type { House } from './house.ts';
import type { FeedMood, Openings } from './openings.ts';
import type { Decision, People } from './people.ts';
import { ORDINARY_DELAY_MS } from './ports.ts';
import type { Timeline } from './timeline.ts';
import type { Internet } from './upstream.ts';
import { ORDINARY_ANSWER_MS, type UpstreamTrouble } from './upstream.ts';
import { HOUR, MINUTE, SECOND, type WorldDesign } from './world.ts';

export interface Stage {
  readonly design: WorldDesign;
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** For what came later: seeds go on meaning what they meant. */
  readonly besides: Chance;
  readonly house: House;
  readonly firewalls: readonly Firewall[];
  readonly internet: Internet;
  readonly people: People;
  readonly clients: Clients;
  readonly disk: Disk;
  readonly openings: Openings;
  readonly watcher: {
    happened(fault: string): void;
    disturbed(firewalls: readonly Firewall[]): void;
    outageBegins(): void;
    outageEnds(): void;
    clockStepped(stepMs: number, isSameBoot: boolean): void;
  };
  readonly names: readonly string[];
  /** A database that knows nothing takes the place of the old one. */
  readonly loseDatabase: () => void;
}

type Fault = (stage: Stage) => void;

/** Every kind, by the name under which it is counted and chosen. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'firewall rebooted': (stage) => pickFirewall(stage).reboot(stage.chance.between(5 * SECOND, 2 * MINUTE)),
  'firewall unreachable': (stage) =>
    moody(stage, { unreachable: true }, stage.chance.magnitude(10 * SECOND, 4 * HOUR)),
  'firewall slow': (stage) =>
    moody(stage, { slowestMs: stage.chance.between(2 * SECOND, 20 * SECOND) }, aWhile(stage)),
  'firewall refuses': (stage) => moody(stage, { refused: 0.5 }, aWhile(stage)),
  'firewall loses acknowledgements': (stage) => moody(stage, { lost: 0.5 }, aWhile(stage)),
  'firewall lies': (stage) => moody(stage, { lying: stage.chance.pick([0.3, 1]) }, aWhile(stage)),
  'firewall applies in part': (stage) => moody(stage, { partial: 0.5 }, aWhile(stage)),
  'firewall applies late': (stage) => moody(stage, { late: 0.3 }, aWhile(stage)),
  'firewall applies twice': (stage) => moody(stage, { doubled: 0.5 }, aWhile(stage)),
  'firewall unreadable': (stage) => moody(stage, { unreadable: 0.5 }, aWhile(stage)),
  'person adds to a table': (stage) =>
    pickFirewall(stage).personAdds(`203.0.113.${stage.chance.between(1, 250)}`),
  'person takes from a table'(stage) {
    const firewall = pickFirewall(stage);
    const addresses = [...firewall.table.keys()];
    if (addresses.length > 0) firewall.personRemoves(stage.chance.pick(addresses));
  },
  'control plane crashed': ({ house }) => house.crashControl(),
  'control plane crashed at a commit'({ chance, disk }) {
    disk.crash = { commits: chance.between(1, 40), when: chance.pick(['before', 'after'] as const) };
  },
  'data plane crashed': ({ house }) => house.crashData(),
  'host rebooted': (stage) => restart(stage, { reboot: true, stepMs: 0 }),
  'host rebooted with its clock set': (stage) => restart(stage, { reboot: true, stepMs: hour(stage) }),
  restarted: (stage) => restart(stage, { reboot: false, stepMs: 0 }),
  'restarted with the clock set': (stage) => restart(stage, { reboot: false, stepMs: hour(stage) }),
  'database lost': (stage) =>
    restart(stage, {
      reboot: false,
      stepMs: 0,
      meanwhile() {
        stage.loseDatabase();
        // What took the old one may leave no room for a new one, and nothing starts without.
        if (stage.besides.happens(0.3)) fillDisk(stage, stage.besides.magnitude(5 * SECOND, 5 * MINUTE));
      },
    }),
  'disk full': (stage) => fillDisk(stage, stage.chance.magnitude(MINUTE, HOUR)),
  'upstream outage': (stage) =>
    outage(
      stage,
      stage.chance.pick(['servfail', 'refused', 'silence'] as const),
      stage.chance.magnitude(MINUTE, 12 * HOUR),
    ),
  'upstream loses questions': (stage) => troubled(stage, 'lossShare', 0.4, 0),
  'upstream slow': (stage) => troubled(stage, 'slowestMs', 6 * SECOND, ORDINARY_ANSWER_MS),
  'names gone'(stage) {
    const { internet, timeline, chance } = stage;
    const gone = chance.shuffled(stage.names).slice(0, chance.between(1, 5));
    for (const name of gone) internet.gone.add(name);
    timeline.after(aWhile(stage), () => {
      for (const name of gone) internet.gone.delete(name);
    });
  },
  'feed fails': (stage) => feedIs(stage, 'fails'),
  'feed empty': (stage) => feedIs(stage, 'empty'),
  'feed too long': (stage) => feedIs(stage, 'long'),
  'storm of names that do not exist': ({ clients, chance }) => clients.storm(chance.between(50, 300)),
  'acknowledgements out of order and twice'(stage) {
    const { house, timeline } = stage;
    house.wire.acknowledgesAnyhow = true;
    timeline.after(aWhile(stage), () => {
      house.wire.acknowledgesAnyhow = false;
    });
  },
  'messages delayed'(stage) {
    const { house, timeline, firewalls, watcher } = stage;
    house.wire.slowestMs = stage.chance.between(200, 2000);
    watcher.disturbed(firewalls);
    timeline.after(aWhile(stage), () => {
      house.wire.slowestMs = ORDINARY_DELAY_MS;
      watcher.disturbed(firewalls);
    });
  },
};

/** Decisions of people are no faults, but everything must survive them. */
export const DECISIONS: readonly Decision[] = [
  'revoke',
  'allow',
  'allow',
  'temporary',
  'deny',
  'mode',
  'pause',
  'resume',
];

/** Faults of these kinds at random times, one in an hour at least, and decisions between them. */
export function startFaults(stage: Stage, kinds: readonly string[]): void {
  const { timeline, chance, besides, people } = stage;
  const next = () => {
    timeline.after(chance.between(5 * MINUTE, 55 * MINUTE), next);
    if (kinds.length > 0) makeFault(stage, chance.pick(kinds));
  };
  const decide = () => {
    timeline.after(chance.between(10 * MINUTE, 90 * MINUTE), decide);
    const decision = chance.pick(DECISIONS);
    people.decide(decision);
    // Many a pause is ended by hand, when what it was for is done.
    if (decision === 'pause' && besides.happens(0.5))
      timeline.after(besides.magnitude(MINUTE, 20 * MINUTE), () => people.decide('resume'));
  };
  timeline.after(chance.between(5 * MINUTE, 30 * MINUTE), next);
  timeline.after(chance.between(5 * MINUTE, 30 * MINUTE), decide);
}

export function makeFault(stage: Stage, kind: string): void {
  const fault = FAULTS[kind];
  if (fault === undefined) throw new RangeError(`no such fault: ${JSON.stringify(kind)}`);
  stage.watcher.happened(kind);
  fault(stage);
}

/** All upstreams fail, for this long. */
export function outage({ internet, timeline, watcher }: Stage, trouble: UpstreamTrouble, ms: number): void {
  if (internet.trouble !== undefined) return;
  internet.trouble = trouble;
  watcher.outageBegins();
  timeline.after(ms, () => {
    internet.trouble = undefined;
    watcher.outageEnds();
  });
}

/** The secondary of a pair now and then: that is drawn apart, as seeds go on meaning what they meant. */
function pickFirewall({ chance, besides, firewalls, watcher }: Stage): Firewall {
  const second = firewalls.find(({ design }) => design.copies !== undefined);
  const other = chance.pick(firewalls.filter((firewall) => firewall !== second));
  const firewall = second !== undefined && besides.happens(0.2) ? second : other;
  watcher.disturbed([firewall]);
  return firewall;
}

function moody(stage: Stage, mood: Partial<Mood>, ms: number): void {
  const firewall = pickFirewall(stage);
  Object.assign(firewall.mood, mood);
  const calm = calmMood(firewall.design);
  stage.timeline.after(ms, () => {
    for (const key of Object.keys(mood)) Object.assign(firewall.mood, { [key]: calm[key as keyof Mood] });
    stage.watcher.disturbed([firewall]);
  });
}

function troubled(stage: Stage, what: 'lossShare' | 'slowestMs', value: number, ordinary: number): void {
  stage.internet[what] = value;
  stage.timeline.after(aWhile(stage), () => {
    stage.internet[what] = ordinary;
  });
}

function fillDisk({ disk, timeline, watcher, firewalls }: Stage, ms: number): void {
  if (!disk.full) disk.fullSince = timeline.now;
  disk.full = true;
  watcher.disturbed(firewalls);
  timeline.after(ms, () => {
    disk.full = false;
    disk.fullUntil = timeline.now;
    watcher.disturbed(firewalls);
  });
}

function feedIs({ openings, timeline, chance }: Stage, mood: FeedMood): void {
  openings.feedMood = mood;
  timeline.after(chance.magnitude(10 * MINUTE, 4 * HOUR), () => {
    openings.feedMood = 'ok';
  });
}

function restart(
  { house, chance, watcher }: Stage,
  { reboot, stepMs, meanwhile }: { reboot: boolean; stepMs: number; meanwhile?: () => void },
): void {
  house.restart({
    politely: chance.happens(0.5),
    reboot,
    stepMs,
    downMs: chance.magnitude(2 * SECOND, reboot ? 5 * MINUTE : MINUTE),
    meanwhile() {
      if (stepMs !== 0) watcher.clockStepped(stepMs, !reboot);
      meanwhile?.();
    },
  });
}

function hour({ chance }: Stage): number {
  return chance.pick([-HOUR, HOUR]);
}

function aWhile({ chance }: Stage): number {
  return chance.magnitude(30 * SECOND, 30 * MINUTE);
}
