/** Both planes in one thread: real channels between them, a real database, a real socket, a toy upstream and a manual clock. */
import { createSocket } from 'node:dgram';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { neverOpened } from '../../src/base/address-class.ts';
import { formatDomainName } from '../../src/base/domain-name.ts';
import { silentLog } from '../../src/base/log.ts';
import type { FeedConfig } from '../../src/config/schema/feeds.ts';
import { type ControlPlane, startControlPlane } from '../../src/control-plane.ts';
import { DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { listen } from '../../src/data/listen.ts';
import { type DataPlane, startDataPlane } from '../../src/data-plane.ts';
import { rcodeName } from '../../src/dns/wire/constants.ts';
import type { Driver } from '../../src/firewall/driver.ts';
import { createMemoryDriver } from '../../src/firewall/memory/driver.ts';
import { type AddressLimits, DEFAULT_ADDRESS_LIMITS } from '../../src/ledger/caps.ts';
import { type Port, portOf } from '../../src/plane/port.ts';
import type { DataMessage, LogBatch, LogLine, ToData } from '../../src/plane/protocol.ts';
import { listDenials } from '../../src/store/denials.ts';
import { addGroup, type GroupSettings } from '../../src/store/groups.ts';
import { addRule, type NewRule } from '../../src/store/rules.ts';
import { mainDb } from '../store/temp.ts';
import { NOON, prefix } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle, until } from '../support/settle.ts';
import { toyUpstream } from '../support/toy-upstream.ts';

export interface Told {
  readonly rcode: string;
  readonly addresses: readonly string[];
  readonly ttl: number | undefined;
}

export interface HouseOptions {
  readonly feeds?: readonly FeedConfig[];
  readonly group?: Partial<GroupSettings>;
  /** Names allowed from the start. */
  readonly allowed?: readonly string[];
  readonly wrap?: (driver: Driver) => Driver;
  readonly addressLimits?: AddressLimits;
}

export async function house(options: HouseOptions = {}) {
  const { feeds = [], group: settings, allowed = [], wrap = (driver) => driver } = options;
  const clock = manualClock(NOON);
  const db = mainDb();
  const upstream = toyUpstream();
  const memory = createMemoryDriver();
  const lines: LogLine[] = [];
  const { id: groupId } = addGroup(db, {
    name: 'plex',
    clients: [prefix('127.0.0.1')],
    origin: 'person',
    createdAt: NOON,
    mode: 'enforce',
    ...settings,
  });

  const startControl = (): ControlPlane =>
    startControlPlane({
      db,
      clock,
      log: silentLog(),
      version: '0.0.0',
      host: { bootId: () => 'boot', uptimeMs: () => clock.now() - NOON },
      // Never while a test runs.
      schedule: () => ({ nextRunAt: () => undefined, stop: () => undefined }),
      firewalls: [
        { name: 'edge', kind: 'memory', alias: 'open', required: true, groups: 'all', driver: wrap(memory) },
      ],
      feeds,
      random: () => 0.5,
      isNeverOpened: neverOpened([]),
      ...(options.addressLimits && { addressLimits: options.addressLimits }),
      planes: () => [],
    });
  const startData = (): DataPlane => {
    const config = {
      listen: ['127.0.0.1:0'],
      upstreams: [],
      forward: [],
      records: [],
      neverOpened: [],
      limits: { ...DEFAULT_LIMITS, addresses: options.addressLimits ?? DEFAULT_ADDRESS_LIMITS },
    };
    const upstreams = {
      forName: () => upstream,
      health: () => [{ id: 'toy', state: 'up' as const }],
      warnings: () => [],
      close: () => undefined,
    };
    return startDataPlane({ config, clock, log: silentLog(), upstreams, listen });
  };

  const ports: MessagePort[] = [];
  const channel = () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    return [port1, port2] as const;
  };
  /** What the data plane says and the control plane has not heard yet, while it is held. */
  let unheard: (() => void)[] | undefined;
  const withheld = (port: Port<DataMessage, ToData>): Port<DataMessage, ToData> => ({
    ...port,
    listen: (onMessage) =>
      port.listen((message) => {
        if (unheard === undefined) onMessage(message);
        else unheard.push(() => onMessage(message));
      }),
  });
  const join = async (control: ControlPlane, data: DataPlane) => {
    const [ours, theirs] = channel();
    control.connectData(withheld(portOf<DataMessage, ToData>(ours)));
    data.connectControl(portOf<ToData, DataMessage>(theirs));
    await pass(0);
  };
  /** Lets time pass in steps, and everything happen that follows from each. */
  const pass = async (ms: number, stepMs = 1000) => {
    for (let left = ms; left > 0; left -= stepMs) {
      clock.advance(Math.min(left, stepMs));
      await settle(4);
    }
    clock.advance(0);
    await settle();
  };

  const made = { control: startControl(), data: startData() };
  const connectLog = (data: DataPlane) => {
    const [ours, theirs] = channel();
    data.connectLog(portOf<{ seq: number }, LogBatch>(ours));
    const log = portOf<LogBatch, { seq: number }>(theirs);
    log.listen((batch) => {
      lines.push(...batch.lines);
      log.post({ seq: batch.seq });
    });
  };
  onTestFinished(async () => {
    upstream.waits(false);
    const closing = [made.data.close(), made.control.close()];
    clock.advance(10_000);
    await Promise.all(closing);
    for (const port of ports) port.close();
  });

  const allow = (pattern: string, more: Partial<NewRule> = {}) =>
    addRule(db, {
      groupId,
      action: 'allow',
      pattern,
      origin: 'person',
      createdAt: clock.now(),
      createdBy: 'anna',
      warm: 'never',
      ...more,
    }).rule.id;
  for (const name of allowed) allow(name);
  await made.control.policy.reload();

  connectLog(made.data);
  await join(made.control, made.data);
  await until('the data plane listens', () => made.control.status.read().listeners.length === 2);

  let id = 0;
  /** Asks as a client does; `told` is undefined until the answer is there. */
  const ask = (name: string, type: 'A' | 'AAAA' = 'A'): { readonly told: Told | undefined } => {
    const udp = made.control.status.read().listeners.find(({ protocol }) => protocol === 'udp');
    const asked: { told: Told | undefined } = { told: undefined };
    const socket = createSocket('udp4');
    socket.once('message', (octets) => {
      socket.close();
      const { answers = [] } = decode(octets);
      const addresses = answers.flatMap((record) =>
        record.type === 'A' || record.type === 'AAAA' ? [String(record.data)] : [],
      );
      const first = answers[0];
      asked.told = {
        rcode: rcodeName(octets.readUInt16BE(2) & 15),
        addresses,
        ttl: first !== undefined && 'ttl' in first ? first.ttl : undefined,
      };
    });
    const packet = encode({ type: 'query', id: ++id, flags: RECURSION_DESIRED, questions: [{ name, type }] });
    socket.send(packet, udp?.port ?? 0, '127.0.0.1');
    return asked;
  };
  const answer = async (name: string, type: 'A' | 'AAAA' = 'A'): Promise<Told> => {
    const asked = ask(name, type);
    await until(`an answer for ${name}`, () => asked.told !== undefined);
    if (asked.told === undefined) throw new Error('unreachable');
    return asked.told;
  };

  return {
    clock,
    db,
    groupId,
    upstream,
    memory,
    lines,
    pass,
    allow,
    ask,
    answer,
    get control() {
      return made.control;
    },
    table: () => [...memory.table].sort(),
    leases: () => made.control.leases.live({}),
    denials: () => listDenials(db, { limit: 10 }).items.map(({ name }) => formatDomainName(name)),
    counters: async () => {
      await pass(1000);
      return made.control.status.read().counters;
    },
    /** From here on the control plane hears nothing of the data plane, until all of it comes in one turn. */
    holdMessages() {
      unheard = [];
    },
    /** The next message is heard, and the rest stays held. */
    hearOne: () => unheard?.shift()?.(),
    hearAll() {
      const all = unheard ?? [];
      unheard = undefined;
      for (const hear of all) hear();
    },
    /** As after a crash of the control plane: the data plane goes on alone. */
    async stopControl() {
      await made.control.close();
    },
    async startControlAgain() {
      made.control = startControl();
      await join(made.control, made.data);
    },
    async replaceDataPlane() {
      const closing = made.data.close();
      made.control.dataGone();
      await closing;
      made.data = startData();
      connectLog(made.data);
      await join(made.control, made.data);
      await pass(1000);
      await until('the new data plane listens', () => made.control.status.read().listeners.length === 2);
    },
  };
}
