import { decode, encode } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { DEFAULT_LIMITS } from '../../src/data/limits.ts';
import { listen } from '../../src/data/listen.ts';
import {
  type DataPlaneConfig,
  type DataPlaneParts,
  type KeptPolicy,
  startDataPlane,
} from '../../src/data-plane.ts';
import type { Handler } from '../../src/dns/listener/listener.ts';
import type { UpstreamPort } from '../../src/dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../../src/dns/upstream/upstream.ts';
import { rcodeName, TYPE } from '../../src/dns/wire/constants.ts';
import type { Port } from '../../src/plane/port.ts';
import type { ControlMessage, DataMessage, GroupSnapshot, ToData } from '../../src/plane/protocol.ts';
import { parsePattern } from '../../src/policy/pattern.ts';
import { NOON, name } from '../store/world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';
import { a, toyUpstream } from '../support/toy-upstream.ts';

/** A control plane reduced to what it says and hears; once closed it hears nothing. */
function controlPlane() {
  const heard: DataMessage[] = [];
  let say: (message: ToData) => void = () => {};
  let isOpen = true;
  let seq = 0;
  const port: Port<ToData, DataMessage> = {
    post: (message) => void (isOpen && heard.push(message)),
    listen(onMessage) {
      say = onMessage;
    },
    close() {
      isOpen = false;
    },
  };
  return {
    port,
    say: (message: ControlMessage) => say({ ...message, seq: ++seq }),
    heard,
    resolved: () => heard.filter((message) => message.kind === 'resolved'),
    leased: () =>
      heard.flatMap((message) =>
        message.kind === 'leases' ? message.batch.map(({ address }) => address) : [],
      ),
  };
}

const plex: GroupSnapshot = {
  id: 1,
  name: 'plex',
  clients: [],
  mode: 'enforce',
  pausedUntil: undefined,
  modeAfterPause: 'enforce',
  refuse: 'nxdomain',
  ipv6: true,
  holdLimitMs: 2000,
  onHoldLimit: 'answer',
  graceMs: 0,
  headroomMs: 0,
  gated: true,
  learnAlias: true,
  frugal: false,
  plexDirect: { hashes: [], ownAddresses: [], shared: [] },
  rules: [
    {
      id: 1,
      action: 'allow',
      pattern: parsePattern('.example.org'),
      types: [TYPE.A],
      temporary: false,
      expiresAt: undefined,
      private: false,
    },
  ],
};

function start(
  upstream: UpstreamPort,
  config: Partial<DataPlaneConfig> = {},
  more: Partial<DataPlaneParts> = {},
) {
  const plane = startDataPlane({
    config: {
      listen: [],
      upstreams: [],
      forward: [],
      records: [],
      neverOpened: [],
      limits: DEFAULT_LIMITS,
      ...config,
    },
    clock: manualClock(NOON),
    log: silentLog(),
    upstreams: { forName: () => upstream, health: () => [], warnings: () => [], close: () => undefined },
    listen,
    ...more,
  });
  onTestFinished(() => plane.close());
  return plane;
}

/** A data plane with the plex group whose firewall confirms nothing now, and the names that the control plane wants warm. */
function warming(config: Partial<DataPlaneConfig>) {
  const upstream = toyUpstream();
  const plane = start(upstream, config);
  const control = controlPlane();
  plane.connectControl(control.port);
  control.say({ kind: 'policy', epoch: 1, groups: [plex] });
  control.say({ kind: 'view', whole: [1], changes: [], hopeless: [1] });
  return {
    upstream,
    control,
    async warm(text: string) {
      control.say({ kind: 'resolve', id: 1, groupId: 1, name: name(text), qtype: TYPE.A, purpose: 'warm' });
      await settle();
      return control.resolved().at(-1)?.outcome;
    },
  };
}

test('an address that may never be opened is neither told nor asked for', async () => {
  const { upstream, control, warm } = warming({ neverOpened: [parsePrefix('198.51.100.0/24')] });
  upstream.answers('a.example.org A', a('a.example.org', '198.51.100.1'));
  upstream.answers('b.example.org A', a('b.example.org', '203.0.113.1'));
  expect([await warm('a.example.org'), await warm('b.example.org')]).toEqual(['gone', 'found']);
  expect(control.leased()).toEqual(['203.0.113.1']);
});

test('a name that is open on a firewall costs nothing of a budget, whatever was asked before it', async () => {
  const { upstream, control, warm } = warming({
    limits: { ...DEFAULT_LIMITS, wildcard: { ...DEFAULT_LIMITS.wildcard, names: 1 } },
  });
  for (const text of ['new.example.org', 'open.example.org'])
    upstream.answers(`${text} A`, a(text, '203.0.113.1'));
  const open = { groupId: 1, name: name('open.example.org'), address: parseIpAddress('203.0.113.1') };
  control.say({
    kind: 'view',
    whole: [1],
    changes: [{ ...open, heldUntil: NOON + 3_600_000 }],
    hopeless: [1],
  });
  const outcomes = [];
  for (const text of ['new.example.org', 'newer.example.org', 'open.example.org'])
    outcomes.push(await warm(text));
  expect(outcomes).toEqual(['found', 'refused', 'found']);
});

test('what was asked for is said before a withdrawal of the same turn is acknowledged', async () => {
  const { upstream, control } = warming({});
  upstream.answers('a.example.org A', a('a.example.org', '203.0.113.1'));
  control.say({
    kind: 'resolve',
    id: 1,
    groupId: 1,
    name: name('a.example.org'),
    qtype: TYPE.A,
    purpose: 'warm',
  });
  // Promises only: the turn of the event loop is not over.
  for (let i = 0; i < 200; i++) await Promise.resolve();
  const before = control.heard.length;
  control.say({ kind: 'view', whole: [], changes: [], hopeless: [1] });
  expect(control.heard.slice(before).map(({ kind }) => kind)).toEqual(['sightings', 'leases', 'ack']);
});

test('started again while no control plane is there, it listens and answers by the policy it had', async () => {
  const kept: KeptPolicy[] = [];
  const upstream = toyUpstream();
  upstream.answers('a.example.org A', a('a.example.org', '203.0.113.1'));
  const first = start(upstream, {}, { keep: (policy) => void kept.push(policy) });
  const control = controlPlane();
  first.connectControl(control.port);
  const groups = [{ ...plex, holdLimitMs: 0, clients: [parsePrefix('127.0.0.1')] }];
  control.say({ kind: 'policy', epoch: 7, groups });
  expect(kept).toEqual([{ epoch: 7, groups }]);

  let ask: Handler = () => undefined;
  start(
    upstream,
    {},
    {
      kept: kept[0],
      listen: async (_, handler) => {
        ask = handler;
        return { listeners: [], reports: [] };
      },
    },
  );
  const answers: string[] = [];
  for (const [id, asked] of ['a.example.org', 'other.example'].entries()) {
    const packet = encode({ type: 'query', id, questions: [{ name: asked, type: 'A' }] });
    ask(packet, { protocol: 'udp', address: parseIpAddress('127.0.0.1'), port: 5353 }, (octets) => {
      const { answers: records = [] } = decode(octets);
      const told = records.map((one) => ('data' in one ? String(one.data) : ''));
      answers.push([rcodeName(octets.readUInt16BE(2) & 15), ...told].join(' '));
    });
  }
  await settle();
  expect(answers.sort()).toEqual(['NOERROR 203.0.113.1', 'NXDOMAIN']);
  expect(upstream.asked).toEqual(['a.example.org A']);
});

test('a control plane that is back is not given the answer to a question of the one before it', async () => {
  const fail: ((error: Error) => void)[] = [];
  const upstream: UpstreamPort = { resolve: () => new Promise((_, reject) => fail.push(reject)) };
  const plane = start(upstream);
  const ask = { kind: 'resolve', id: 1, groupId: 1, qtype: TYPE.A, purpose: 'probe' } as const;

  const first = controlPlane();
  plane.connectControl(first.port);
  first.say({ kind: 'policy', epoch: 1, groups: [plex] });
  first.say({ ...ask, name: name('a.example.org') });
  const second = controlPlane();
  plane.connectControl(second.port);
  second.say({ ...ask, name: name('b.example.org') });

  fail[0]?.(new UpstreamFailure('timeout', 'silent'));
  await settle();
  expect(second.resolved()).toEqual([]);
  fail[1]?.(new UpstreamFailure('timeout', 'silent'));
  await settle();
  expect(second.resolved()).toEqual([{ kind: 'resolved', id: 1, outcome: 'failed' }]);
  expect(first.resolved()).toEqual([]);
});
