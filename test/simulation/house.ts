/** The product: both planes, real, on simulated time; started, crashed and started again. */
import { neverOpened } from '../../src/base/address-class.ts';
import { KnownError } from '../../src/base/errors.ts';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { remembering } from '../../src/base/remembering.ts';
import { type ControlPlane, startControlPlane } from '../../src/control-plane.ts';
import { DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { type DataPlane, startDataPlane } from '../../src/data-plane.ts';
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { AddressLimits } from '../../src/ledger/caps.ts';
import type { DataMessage, LogLine, ToData } from '../../src/plane/protocol.ts';
import type { Chance } from './chance.ts';
import { type DatabaseFile, type Disk, databaseOf } from './database.ts';
import type { Firewall } from './firewall.ts';
import { clockOf, createLife, endedLife, everyMinute, type Life } from './life.ts';
import { logOf, logThread } from './logs.ts';
import type { Mutation } from './mutations.ts';
import type { Openings } from './openings.ts';
import { joinPlanes, ORDINARY_DELAY_MS, type Wire } from './ports.ts';
import type { Timeline } from './timeline.ts';
import type { Internet } from './upstream.ts';
import { SECOND } from './world.ts';

/** Asked for every address at every run; the answer never changes. */
const isNeverOpened = remembering(neverOpened([]), 10_000);

/** Milliseconds; no promise depends on it, and at one a second it would be half of all that happens. */
const HEALTH_EVERY_MS = 20 * SECOND;

/** Milliseconds after which the supervisor starts a crashed plane again. */
const RESTART_MS = SECOND;

export interface HouseParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly internet: Internet;
  readonly firewalls: readonly Firewall[];
  readonly disk: Disk;
  readonly database: () => DatabaseFile;
  readonly openings: () => Pick<Openings, 'feeds' | 'fetchList'>;
  /** What the house's clock says more than the world's; it is set between two runs only. */
  readonly wall: { offsetMs: number };
  readonly limits: AddressLimits;
  readonly mutation: Mutation;
  readonly watcher: HouseWatcher;
}

export interface HouseWatcher {
  happened(what: string): void;
  /** A bug: something in the product failed in a way nobody foresaw. */
  failed(error: unknown): void;
  logged(line: LogLine): void;
  saw(message: ToData): void;
  /** The same has reached the data plane. */
  heard(message: ToData): void;
  dataPlaneGone(): void;
  /** A control plane has started, or gone: what it was told before does not count. */
  controlChanged(): void;
}

export interface House {
  readonly wire: Wire;
  readonly control: ControlPlane | undefined;
  readonly controlLife: Life;
  readonly dataLife: Life;
  start(): void;
  /** Undefined while no data plane listens. */
  handler(): Handler | undefined;
  crashControl(): void;
  crashData(): void;
  /** Everything ends, politely or not, and starts again after `downMs` with its clock set by `stepMs`. */
  restart(how: {
    readonly politely: boolean;
    readonly reboot: boolean;
    readonly downMs: number;
    readonly stepMs: number;
    readonly meanwhile?: () => void;
  }): void;
}

export function createHouse(parts: HouseParts): House {
  const { timeline, chance, internet, firewalls, disk, wall, mutation, watcher } = parts;
  const wire: Wire = { slowestMs: ORDINARY_DELAY_MS, acknowledgesAnyhow: false };
  const bootedAt = { name: 'boot 1', count: 1, at: timeline.now };
  let controlLife = endedLife();
  let dataLife = endedLife();
  let control: ControlPlane | undefined;
  let data: DataPlane | undefined;
  let handler: Handler | undefined;
  /** Planes are started by the supervisor, unless everything is down. */
  let isUp = true;

  const startControl = () => {
    if (!isUp || controlLife.alive) return;
    const life = createLife();
    controlLife = life;
    const clock = clockOf(timeline, life, wall.offsetMs);
    try {
      control = startControlPlane({
        db: mutation.database(databaseOf(parts.database().db, disk, life)),
        clock,
        log: logOf(life, watcher.failed),
        version: '0.0.0',
        host: { bootId: () => bootedAt.name, uptimeMs: () => timeline.now - bootedAt.at },
        schedule: (run) => everyMinute(clock, run),
        firewalls: firewalls.map((firewall) => ({
          name: firewall.design.name,
          kind: 'memory',
          alias: 'open',
          required: firewall.design.required,
          sentinel: firewall.design.sentinel,
          ...(firewall.design.copies === undefined ? {} : { mode: 'verify' as const }),
          groups: firewall.design.groups,
          driver: mutation.driver(firewall.driver(life), firewall),
        })),
        feeds: parts.openings().feeds,
        fetchList: parts.openings().fetchList(life),
        isNeverOpened,
        addressLimits: parts.limits,
        random: () => chance.below(1000) / 1000,
        planes: () => [],
      });
    } catch (error) {
      life.end();
      control = undefined;
      if (error instanceof KnownError) watcher.happened('start failed');
      else watcher.failed(error);
      timeline.after(RESTART_MS, startControl);
      return;
    }
    watcher.controlChanged();
    join();
  };

  const startData = () => {
    if (!isUp || dataLife.alive) return;
    const life = createLife();
    dataLife = life;
    const clock = clockOf(timeline, life, wall.offsetMs);
    data = startDataPlane({
      config: DATA_PLANE,
      clock,
      log: logOf(life, watcher.failed),
      upstreams: internet.upstreams(life, clock),
      healthEveryMs: HEALTH_EVERY_MS,
      async listen(_texts, onPacket) {
        handler = mutation.handler((packet, client, reply) => {
          if (life.alive) onPacket(packet, client, reply);
        }, timeline);
        const address = parseIpAddress('127.0.0.1');
        const listener = { address, port: 53, protocol: 'udp', close: async () => undefined } as const;
        return { listeners: [listener], reports: [{ protocol: 'udp', address, port: 53 }] };
      },
    });
    data.connectLog(logThread(life, watcher.logged));
    join();
  };
  const join = () => {
    if (control === undefined || data === undefined || !controlLife.alive || !dataLife.alive) return;
    const [ours, theirs] = joinPlanes<DataMessage, ToData>(
      { timeline, chance, wire },
      { life: controlLife },
      { life: dataLife },
    );
    const tampered = mutation.toData(ours);
    control.connectData({
      ...tampered,
      post(message) {
        watcher.saw(message);
        tampered.post(message);
      },
    });
    data.connectControl({
      ...theirs,
      listen: (onMessage) =>
        theirs.listen((message) => {
          watcher.heard(message);
          onMessage(message);
        }),
    });
  };

  const controlGone = () => {
    controlLife.end();
    control = undefined;
    watcher.controlChanged();
    timeline.after(RESTART_MS, startControl);
  };
  disk.onCrash = () => {
    watcher.happened('crash at a commit');
    // It is in the middle of its own work: what is left of that comes first.
    timeline.after(0, controlGone);
  };

  const dataGone = () => {
    dataLife.end();
    handler = undefined;
    data = undefined;
    watcher.dataPlaneGone();
    if (controlLife.alive) control?.dataGone();
    timeline.after(RESTART_MS, startData);
  };

  return {
    wire,
    get control() {
      return controlLife.alive ? control : undefined;
    },
    get controlLife() {
      return controlLife;
    },
    get dataLife() {
      return dataLife;
    },
    start() {
      startControl();
      startData();
    },
    handler: () => (dataLife.alive ? handler : undefined),
    crashControl() {
      if (controlLife.alive) controlGone();
    },
    crashData() {
      if (dataLife.alive) dataGone();
    },
    restart({ politely, reboot, downMs, stepMs, meanwhile }) {
      isUp = false;
      const endAll = () => {
        controlLife.end();
        dataLife.end();
        control = undefined;
        data = undefined;
        handler = undefined;
        watcher.dataPlaneGone();
        watcher.controlChanged();
        timeline.after(downMs, () => {
          wall.offsetMs += stepMs;
          if (reboot) {
            bootedAt.count++;
            bootedAt.name = `boot ${bootedAt.count}`;
            bootedAt.at = timeline.now;
          }
          meanwhile?.();
          isUp = true;
          startControl();
          startData();
        });
      };
      if (!politely) return endAll();
      if (controlLife.alive) void control?.close();
      if (dataLife.alive) void data?.close();
      timeline.after(2 * SECOND, endAll);
    },
  };
}

const DATA_PLANE = {
  listen: ['127.0.0.1:53'],
  upstreams: [],
  forward: [],
  records: [],
  neverOpened: [],
  limits: DEFAULT_LIMITS,
};
