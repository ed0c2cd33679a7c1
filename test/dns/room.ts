/** A pipeline with all its stages, a policy, a gate and a toy upstream; asked with packets, as a client would. */
import {
  AUTHENTIC_DATA,
  CHECKING_DISABLED,
  type DecodedPacket,
  DNSSEC_OK,
  decode,
  encode,
  type Question,
  RECURSION_DESIRED,
} from 'dns-packet';
import { isPrivateAddress, neverOpened } from '../../src/base/address-class.ts';
import { type DomainName, parseDomainName } from '../../src/base/domain-name.ts';
import { type IpAddress, parseIpAddress, parsePrefix } from '../../src/base/ip-address.ts';
import { silentLog } from '../../src/base/log.ts';
import { createLimits, DEFAULT_LIMITS, type LimitsConfig } from '../../src/data/limits.ts';
import { createPipeline } from '../../src/dns/pipeline.ts';
import type { Outcome, PolicyPort, Sighting } from '../../src/dns/query-context.ts';
import { createStages } from '../../src/dns/stages/all.ts';
import type { UpstreamPort } from '../../src/dns/stages/ask-upstream.ts';
import { rcodeName, typeNumber } from '../../src/dns/wire/constants.ts';
import type { ResourceRecord } from '../../src/dns/wire/response.ts';
import { Gate } from '../../src/gate/gate.ts';
import type { LeaseRequest } from '../../src/ledger/lease.ts';
import { compileSnapshot, type PolicySnapshot, promisedTerm } from '../../src/plane/policy-snapshot.ts';
import type { GroupSnapshot } from '../../src/plane/protocol.ts';
import { parsePattern } from '../../src/policy/pattern.ts';
import type { PolicyRule } from '../../src/policy/policy.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { settle } from '../support/settle.ts';
import { toyUpstream, UPSTREAM_ID } from '../support/toy-upstream.ts';

export const START = 1_000_000_000;
export const CLIENT = '192.0.2.5';

export interface AskOptions {
  readonly client?: string;
  /** Sets AD: tell me what the upstream vouches for. */
  readonly wantsAd?: boolean;
  readonly protocol?: 'udp' | 'tcp';
  /** Absent: the query has no OPT. */
  readonly edns?: boolean;
  readonly class?: 'IN' | 'CH';
  /** Needs EDNS. */
  readonly dnssecOk?: boolean;
  readonly checkingDisabled?: boolean;
}

export interface Answer {
  readonly rcode: string;
  readonly answers: readonly string[];
  readonly ttls: readonly number[];
  readonly authority: readonly { readonly name: string; readonly ttl: number; readonly minimum: number }[];
  readonly ede: { readonly code: number; readonly text: string } | undefined;
  readonly raw: DecodedPacket;
}

export interface RoomOptions {
  readonly group?: Partial<GroupSnapshot>;
  readonly rules?: readonly PolicyRule[];
  readonly records?: readonly ResourceRecord[];
  readonly forwarded?: readonly string[];
  readonly noUpstream?: boolean;
  /** In place of the toy. */
  readonly upstreamOf?: (clock: ManualClock) => UpstreamPort;
  readonly limits?: Partial<LimitsConfig>;
}

export function room(options: RoomOptions = {}) {
  const clock = manualClock(START);
  const upstream = toyUpstream();
  const asked = options.upstreamOf?.(clock) ?? upstream;
  const requested: LeaseRequest[] = [];
  const denied: { readonly name: string; readonly reason: string; readonly ruleId: number | undefined }[] =
    [];
  const strangers: string[] = [];
  const sighted: Sighting[] = [];
  const unrelated = { count: 0 };
  const logged: Outcome[] = [];
  const gate = new Gate({
    clock,
    request: (leases) => requested.push(...leases),
    perName: DEFAULT_LIMITS.addresses.name,
    needed: (lease) => promisedTerm(snapshot, lease, clock.now()),
  });
  let snapshot: PolicySnapshot = compileSnapshot(1, [
    groupSnapshot({ rules: options.rules ?? [], ...options.group }),
  ]);

  const policy: PolicyPort = {
    groupOf: (client) => snapshot.groupOf(client),
    decide: (group, name, qtype) =>
      snapshot.decide(group.id, name, qtype, clock.now()) ?? {
        allowed: false,
        reason: 'no-rule',
        rule: undefined,
      },
  };
  const events = {
    denied: (
      context: { query: { question: { name: string } } },
      reason: string,
      ruleId: number | undefined,
    ) => void denied.push({ name: text(context.query.question.name), reason, ruleId }),
    unknownClient: (client: string) => void strangers.push(client),
    sighted: (_: unknown, sighting: Sighting) => void sighted.push(sighting),
    unrelated(records: number) {
      unrelated.count += records;
    },
    answered: (_: unknown, __: unknown, outcome: Outcome) => void logged.push(outcome),
    repeated: ({ outcome }: { readonly outcome: Outcome }) => void logged.push(outcome),
  };
  const gatePort = {
    pass: (request: Parameters<Gate['pass']>[0] & { readonly group: { readonly id: number } }) => {
      const group = snapshot.group(request.group.id);
      if (group === undefined) throw new Error('no such group');
      return gate.pass({ ...request, group });
    },
    tellableUntil: (group: GroupSnapshot, name: DomainName, address: IpAddress) =>
      gate.tellableUntil({ ...group, graceMs: snapshot.group(group.id)?.graceMs ?? 0 }, name, address),
  };
  const limits = createLimits({
    clock,
    log: silentLog(),
    config: { ...DEFAULT_LIMITS, ...options.limits },
    upstreams: { upstreams: [UPSTREAM_ID], forward: [] },
    isKnown: (groupId, name) => gate.knows(groupId, name),
  });
  const { stages, cache } = createStages({
    clock,
    log: silentLog(),
    policy,
    gate: gatePort as never,
    events,
    limits,
    records: Map.groupBy(options.records ?? [], (record) => record.owner),
    forwarded: (options.forwarded ?? []).map(parseDomainName),
    upstreamFor: () => limits.loops.watch(options.noUpstream === true ? undefined : asked),
    isPrivate: isPrivateAddress,
    isNeverOpened: neverOpened([]),
  });
  const pipeline = createPipeline({ clock, log: silentLog(), policy, events, limits, stages });

  let id = 0;
  /** Sends the question; resolves with the answer when one comes. */
  const ask = (name: string, type = 'A', asking: AskOptions = {}): Promise<Answer> =>
    new Promise((resolve) => {
      // dns-packet knows no HTTPS and SVCB; it takes numbers so.
      const wireType = ['HTTPS', 'SVCB'].includes(type) ? `UNKNOWN_${typeNumber(type)}` : type;
      const question = { name, type: wireType, class: asking.class ?? 'IN' } as Question;
      const packet = encode({
        type: 'query',
        id: ++id & 0xffff,
        flags:
          RECURSION_DESIRED |
          (asking.checkingDisabled === true ? CHECKING_DISABLED : 0) |
          (asking.wantsAd === true ? AUTHENTIC_DATA : 0),
        questions: [question],
        additionals:
          asking.edns === false
            ? []
            : [
                {
                  type: 'OPT',
                  name: '.',
                  udpPayloadSize: 1232,
                  flags: asking.dnssecOk === true ? DNSSEC_OK : 0,
                  options: [],
                } as never,
              ],
      });
      const client = {
        address: parseIpAddress(asking.client ?? CLIENT),
        protocol: asking.protocol ?? 'udp',
      } as const;
      pipeline.handle(packet, client, (octets) => resolve(readAnswer(octets)));
    });

  return {
    clock,
    upstream,
    gate,
    cache,
    pipeline,
    limits,
    ask,
    requested,
    denied,
    strangers,
    sighted,
    unrelated,
    logged,
    setPolicy(group: Partial<GroupSnapshot>) {
      snapshot = compileSnapshot(snapshot.epoch + 1, [groupSnapshot(group)]);
      pipeline.forgetReplies();
    },
    /** The firewall was read as holding what was asked for so far. */
    confirm(heldForMs = 3_600_000) {
      gate.update(
        requested.map(({ groupId, name, address }) => ({
          groupId,
          name,
          address,
          heldUntil: clock.now() + heldForMs,
        })),
        [],
      );
    },
    /** The answer, or undefined when none came without time passing. */
    async now<T>(answer: Promise<T>): Promise<T | undefined> {
      return Promise.race([answer, settle().then(() => undefined)]);
    },
  };
}

export type Room = ReturnType<typeof room>;

let ruleId = 0;
export function rule(action: 'allow' | 'deny', pattern: string, more: Partial<PolicyRule> = {}): PolicyRule {
  return {
    id: ++ruleId,
    action,
    pattern: parsePattern(pattern),
    types: ['A', 'AAAA'].map(typeNumber),
    temporary: false,
    expiresAt: undefined,
    private: false,
    ...more,
  };
}
export const allow = (pattern: string, more: Partial<PolicyRule> = {}) => rule('allow', pattern, more);
export const deny = (pattern: string, more: Partial<PolicyRule> = {}) => rule('deny', pattern, more);

export function groupSnapshot(group: Partial<GroupSnapshot> = {}): GroupSnapshot {
  return {
    id: 1,
    name: 'plex',
    clients: [parsePrefix('192.0.2.0/24')],
    mode: 'enforce',
    pausedUntil: undefined,
    modeAfterPause: 'enforce',
    refuse: 'nxdomain',
    ipv6: true,
    holdLimitMs: 4500,
    onHoldLimit: 'answer',
    graceMs: 60_000,
    headroomMs: 600_000,
    gated: false,
    learnAlias: true,
    frugal: false,
    plexDirect: { hashes: [], ownAddresses: [], shared: [] },
    rules: [],
    ...group,
  };
}

function readAnswer(octets: Buffer): Answer {
  const raw = decode(octets);
  const opt = raw.additionals?.find((record) => record.type === 'OPT') as unknown as
    | { options: { code: number; data: Buffer }[] }
    | undefined;
  const ede = opt?.options.find(({ code }) => code === 15)?.data;
  return {
    rcode: rcodeName(octets.readUInt16BE(2) & 15),
    answers: (raw.answers ?? []).map(
      (record) => `${record.type === ('UNKNOWN_65' as string) ? 'HTTPS' : record.type} ${printed(record)}`,
    ),
    ttls: (raw.answers ?? []).map((record) => ('ttl' in record ? (record.ttl ?? -1) : -1)),
    authority: (raw.authorities ?? []).flatMap((record) =>
      record.type === 'SOA'
        ? [{ name: record.name, ttl: record.ttl ?? -1, minimum: record.data.minimum ?? -1 }]
        : [],
    ),
    ede: ede && { code: ede.readUInt16BE(0), text: ede.toString('utf8', 2) },
    raw,
  };
}

function printed(record: { readonly type: string; readonly data?: unknown }): string {
  const { data } = record;
  return typeof data === 'string'
    ? data
    : Buffer.isBuffer(data)
      ? data.toString('hex')
      : JSON.stringify(data);
}

function text(wire: string): string {
  const labels: string[] = [];
  for (let at = 0; at < wire.length - 1; at += wire.charCodeAt(at) + 1)
    labels.push(wire.slice(at + 1, at + 1 + wire.charCodeAt(at)));
  return labels.join('.');
}
