/**
 * The data plane: answers packets from memory. Made once, in reading order; runs in a worker thread.
 * It knows no database and no firewall; what it learns it tells the control plane, and never waits for it
 * except where an answer is held at the gate.
 */
import { isPrivateAddress, neverOpened } from './base/address-class.ts';
import type { Clock } from './base/clock.ts';
import type { Prefix } from './base/ip-address.ts';
import type { Log } from './base/log.ts';
import { remembering } from './base/remembering.ts';
import { createLimits, type LimitsConfig } from './data/limits.ts';
import type { Listening, OpenListeners } from './data/listen.ts';
import { createOwnQuestions } from './data/own-questions.ts';
import type { Upstreams, UpstreamsConfig } from './data/upstreams.ts';
import { createConnectionTable } from './dns/listener/connection-table.ts';
import type { Handler } from './dns/listener/listener.ts';
import { TCP_LIMITS } from './dns/listener/tcp.ts';
import { type LocalRecord, localRecords } from './dns/local-records.ts';
import { createPipeline } from './dns/pipeline.ts';
import type { GatePort, PolicyPort } from './dns/query-context.ts';
import { createStages } from './dns/stages/all.ts';
import { Gate } from './gate/gate.ts';
import { createEventBatches } from './plane/event-batches.ts';
import { compileSnapshot, type PolicySnapshot, promisedTerm } from './plane/policy-snapshot.ts';
import type { Port } from './plane/port.ts';
import type { DataMessage, LogBatch, ToData } from './plane/protocol.ts';

export interface DataPlaneConfig extends UpstreamsConfig {
  /** address:port; wildcards become one socket per interface address. */
  readonly listen: readonly string[];
  /** Besides special-purpose ranges and public resolvers: told of a gated group's names, they would be no use. */
  readonly neverOpened: readonly Prefix[];
  readonly limits: LimitsConfig;
  /** The owner's own names. */
  readonly records: readonly LocalRecord[];
}

export interface DataPlane {
  /** Takes up with a control plane, the first or the one after a crash. */
  connectControl(port: Port<ToData, DataMessage>): void;
  connectLog(port: Port<{ readonly seq: number }, LogBatch>): void;
  close(): Promise<void>;
}

const HEALTH_EVERY_MS = 1000;

/** Two answers of the largest kind; at some hundred octets each. */
const REMEMBERED_ADDRESSES = 10_000;

/** What questions under way get to be answered when we are told to stop. */
const DRAIN_LIMIT_MS = 5000;

/** What a data plane needs of the one before it that crashed, to answer although no control plane is there. */
export type KeptPolicy = Pick<Extract<ToData, { kind: 'policy' }>, 'epoch' | 'groups'>;

export interface DataPlaneParts {
  readonly config: DataPlaneConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly upstreams: Upstreams;
  readonly listen: OpenListeners;
  /** Milliseconds between two reports of its health; absent: a second, which is as often as a person looks. */
  readonly healthEveryMs?: number;
  /** The policy of the run before. */
  readonly kept?: KeptPolicy | undefined;
  /** Is given each policy that comes into force. */
  readonly keep?: (policy: KeptPolicy) => void;
}

export function startDataPlane(parts: DataPlaneParts): DataPlane {
  const { config, clock, log, upstreams, listen, healthEveryMs = HEALTH_EVERY_MS } = parts;
  let control: Port<ToData, DataMessage> | undefined;
  let snapshot: PolicySnapshot = compileSnapshot(0, []);
  const batches = createEventBatches({ clock, post: (message) => control?.post(message) });
  const gate = new Gate({
    clock,
    request: (leases) => batches.lease(leases),
    perName: config.limits.addresses.name,
    needed: (lease) => promisedTerm(snapshot, lease, clock.now()),
  });

  const limits = createLimits({
    clock,
    log,
    config: config.limits,
    upstreams: config,
    isKnown: (groupId, name) => gate.knows(groupId, name),
  });

  const policyPort: PolicyPort = {
    groupOf: (client) => snapshot.groupOf(client),
    decide: (group, name, qtype) => snapshot.decide(group.id, name, qtype, clock.now()) ?? NO_SUCH_GROUP,
  };
  const gatePort: GatePort = {
    pass(request) {
      const group = snapshot.group(request.group.id);
      // The group went away while the question was under way: nothing may be told of it any more.
      if (group === undefined) return { kind: 'withhold', why: 'the group was removed', otherFamily: false };
      return gate.pass({ ...request, group });
    },
    tellableUntil({ id }, name, address) {
      const group = snapshot.group(id);
      return group && gate.tellableUntil(group, name, address);
    },
  };
  // An answer may hold thousands of addresses, and each is looked at with every question for it.
  const isPrivate = remembering(isPrivateAddress, REMEMBERED_ADDRESSES);
  const isNeverOpened = remembering(neverOpened(config.neverOpened), REMEMBERED_ADDRESSES);
  const { stages, cache } = createStages({
    clock,
    log,
    policy: policyPort,
    gate: gatePort,
    events: batches,
    limits,
    records: localRecords(config.records),
    forwarded: config.forward.map(({ domain }) => domain),
    upstreamFor: (name) => limits.loops.watch(upstreams.forName(name)),
    isPrivate,
    isNeverOpened,
  });
  const pipeline = createPipeline({ clock, log, policy: policyPort, events: batches, limits, stages });

  const askForControl = createOwnQuestions({
    clock,
    log,
    group: (id) => snapshot.group(id),
    policy: policyPort,
    resolve: pipeline.resolve,
    upstreamFor: (name) => upstreams.forName(name),
  });

  const connections = createConnectionTable(TCP_LIMITS);
  let listeners: Listening['listeners'] = [];
  let reports: Listening['reports'] = [];
  /** Only once there is a policy: to a client, "not yet" and "refused" look the same. */
  const startListening = async () => {
    const handler: Handler = (packet, client, reply) => {
      if (!closed) pipeline.handle(packet, client, reply);
    };
    const onTrouble = (error: Error) => log.debug({ why: error.message }, 'a DNS socket had trouble');
    const opened = await listen(config.listen, handler, onTrouble, connections);
    if (closed) await Promise.all(opened.listeners.map((listener) => listener.close()));
    ({ listeners, reports } = opened);
    for (const { error, protocol, address, port } of reports) {
      if (error !== undefined)
        log.error({ hint: error.remedy }, `${protocol} ${address}:${port} cannot be bound: ${error.code}`);
    }
    reportHealth();
  };
  let listening = false;
  let closed = false;

  /** What is asked on a port is answered there: a control plane that is back counts its questions anew. */
  const obey = (message: ToData, port: Port<ToData, DataMessage>) => {
    switch (message.kind) {
      case 'policy':
        snapshot = compileSnapshot(message.epoch, message.groups);
        parts.keep?.({ epoch: message.epoch, groups: message.groups });
        pipeline.forgetReplies();
        if (!listening) void startListening();
        listening = true;
        break;
      case 'view':
        // Ahead of the acknowledgement: what was told before a withdrawal was known must stop it.
        batches.sendUrgent();
        gate.update(message.changes, message.hopeless, message.whole, message.leftOut, message.overBudget);
        break;
      case 'flush':
        cache.flush(message.name);
        gate.forgetTold();
        pipeline.forgetReplies();
        // Ahead of the acknowledgement, so that whoever waits for that sees what is left.
        if (reports.length > 0) reportHealth();
        break;
      case 'taken':
        batches.denialsTaken();
        break;
      case 'resolve':
        void askForControl(message).then((outcome) =>
          port.post({ kind: 'resolved', id: message.id, outcome }),
        );
        break;
    }
    port.post({ kind: 'ack', seq: message.seq });
  };

  let cancelHealth = () => {};
  const reportHealth = () => {
    cancelHealth();
    const counters = {
      ...batches.counters(),
      ...gate.counters,
      cutShort: gate.cutShort,
      ...limits.counters(),
      tcp: connections.counters(),
    };
    control?.post({
      kind: 'health',
      listeners: reports,
      upstreams: upstreams.health(),
      counters,
      cache: { ...cache.statistics(), hits: counters.cached },
      warnings: [...limits.warnings(), ...upstreams.warnings()],
      onlyClient: batches.onlyClient(),
    });
    cancelHealth = clock.after(healthEveryMs, reportHealth);
  };

  if (parts.kept !== undefined) {
    const { epoch, groups } = parts.kept;
    snapshot = compileSnapshot(epoch, groups);
    // What is confirmed is not known yet: answers wait as long as they may, and a control plane that is there says it at once.
    listening = true;
    void startListening();
  }

  return {
    connectControl(port) {
      control?.close();
      control = port;
      batches.controlChanged();
      port.listen((message) => obey(message, port));
      if (reports.length > 0) reportHealth();
    },
    connectLog(port) {
      batches.connectLog(port);
    },
    async close() {
      closed = true;
      cancelHealth();
      await Promise.race([
        pipeline.idle(),
        new Promise<void>((resolve) => clock.after(DRAIN_LIMIT_MS, resolve)),
      ]);
      await Promise.all(listeners.map((listener) => listener.close()));
      batches.flush();
      upstreams.close();
    },
  };
}

/** It went away while the question was under way. */
const NO_SUCH_GROUP = { allowed: false, reason: 'no-rule', rule: undefined } as const;
