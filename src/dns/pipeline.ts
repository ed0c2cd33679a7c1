/**
 * One query, from packet to reply.
 *
 *   packet ─ parse ─ group of the client ─ reply cache ─hit─▶ patched copy ─▶ socket
 *                                             │ miss
 *     each stage answers, or asks the next and touches the answer on its way back
 */

import type { Clock } from '../base/clock.ts';
import { formatDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import type {
  ClientGroup,
  EventPort,
  GatePort,
  Outcome,
  PolicyPort,
  QueryContext,
  Reason,
  Resolve,
  Stage,
} from './query-context.ts';
import { failure } from './refusal.ts';
import { createReplyCache, type ReplyCache, replyKey } from './reply-cache.ts';
import { CLASS, EDE, isMetaType, RCODE, TYPE, typeName } from './wire/constants.ts';
import { patchableReply } from './wire/patch.ts';
import { parseQuery, type Query, replyLimit } from './wire/query.ts';
import { writeReply } from './wire/write.ts';

export interface PipelineParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: PolicyPort;
  readonly gate: GatePort;
  readonly events: EventPort;
  /** In their order, see order(). */
  readonly stages: readonly Stage[];
}

export interface Client {
  readonly address: IpAddress;
  readonly protocol: 'udp' | 'tcp';
}

export interface Pipeline {
  /** Answers a packet, now or later, or never when it deserves no answer. */
  handle(packet: Buffer, client: Client, reply: (octets: Buffer) => void): void;
  /** Forgets all replies: after a change of policy. Questions under way are put to the new one at once. */
  forgetReplies(): void;
  /** Resolves when every question taken in so far has its answer. */
  idle(): Promise<void>;
  /** Runs a question of our own through the stages, for warm names. */
  readonly resolve: Resolve;
}

/** The stages, each with the reason of its place. */
export function order(stages: {
  readonly answerLocalNames: Stage;
  readonly enforcePolicy: Stage;
  readonly answerAny: Stage;
  readonly answerOneFamily: Stage;
  readonly gateAddresses: Stage;
  readonly sanitise: Stage;
  readonly answerFromCache: Stage;
  readonly askUpstream: Stage;
}): readonly Stage[] {
  return [
    // First: these names belong to this machine (RFC 6761), no rule may send them anywhere.
    stages.answerLocalNames,
    // Before everything that could leave the house: a refused name costs nothing and tells no upstream.
    stages.enforcePolicy,
    // Behind the policy, so that a refused name looks the same to every question; before the gate, which knows
    // only questions for addresses.
    stages.answerAny,
    // Behind the policy for the same reason.
    stages.answerOneFamily,
    // In front of the cache: what is cached is the upstream's data, and every answer from it passes the gate anew.
    stages.gateAddresses,
    // Behind the gate, in front of the cache: the gate never sees an address that the guard removes.
    stages.sanitise,
    stages.answerFromCache,
    stages.askUpstream,
  ];
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { clock, policy, gate, events, log } = parts;
  const replies: ReplyCache = createReplyCache();
  const resolve = chain(parts.stages);

  const underway = new Set<Promise<void>>();
  /** Lets go of the questions under way: what was begun under an older policy is neither told nor kept. */
  const begunBefore = new Set<() => void>();

  const take = (asked: Asked): void => {
    const { query, client, arrivedAt, reply } = asked;
    const group = policy.groupOf(client.address);
    const about = {
      query,
      client: client.address,
      protocol: client.protocol,
      arrivedAt,
      allowed: undefined,
    };
    const refused = refuseOutright(query, group);
    if (refused !== undefined || group === undefined) {
      const outcome = refused ?? stranger();
      if (group === undefined) events.unknownClient(client.address, query.question.name);
      reply(encode(query, client.protocol, outcome));
      events.answered({ ...about, deadline: arrivedAt }, group, outcome, microsecondsSince(asked));
      return;
    }

    const context: QueryContext = { ...about, group, deadline: arrivedAt + group.holdLimitMs };
    const key = replyKey(context);
    const hit = replies.find(key, query, clock.now(), gate.epoch());
    if (hit !== undefined) {
      reply(hit.octets);
      events.answered(context, group, hit.outcome, microsecondsSince(asked));
      return;
    }
    const answering = answer(context, key, asked);
    underway.add(answering);
    void answering.finally(() => underway.delete(answering));
  };

  const answer = async (context: QueryContext, key: string, asked: Asked): Promise<void> => {
    const epoch = gate.epoch();
    const outcome = await unlessPolicyChanges(resolveOrFail(context));
    if (outcome === undefined) {
      take(asked);
      return;
    }
    const octets = encode(context.query, context.protocol, outcome);
    asked.reply(octets);
    const now = clock.now();
    if (outcome.repeatUntil !== undefined && outcome.repeatUntil > now && gate.epoch() === epoch) {
      const until = outcome.repeatUntil;
      replies.keep(key, { patchable: patchableReply(octets), outcome, writtenAt: now, until, epoch });
    }
    events.answered(context, context.group, outcome, microsecondsSince(asked));
  };

  const unlessPolicyChanges = (outcome: Promise<Outcome>): Promise<Outcome | undefined> =>
    new Promise((resolve) => {
      const letGo = () => resolve(undefined);
      begunBefore.add(letGo);
      void outcome.then(resolve).finally(() => begunBefore.delete(letGo));
    });

  const resolveOrFail = async (context: QueryContext): Promise<Outcome> => {
    try {
      return await resolve(context);
    } catch (error) {
      const name = formatDomainName(context.query.question.name);
      log.error({ err: error, name }, 'a query could not be answered');
      return failure('internal', { code: EDE.OTHER, text: 'internal failure, see the log' });
    }
  };

  return {
    resolve,
    forgetReplies() {
      replies.clear();
      for (const letGo of begunBefore) letGo();
      begunBefore.clear();
    },
    async idle() {
      while (underway.size > 0) await Promise.all(underway);
    },
    handle(packet, client, reply) {
      const parsed = parseQuery(packet);
      if (parsed.kind === 'drop') return;
      if (parsed.kind === 'reply') {
        reply(parsed.octets);
        return;
      }
      take({ query: parsed.query, client, reply, arrivedAt: clock.now(), startedMs: performance.now() });
    },
  };
}

/** One question and the way back to who asked it. */
interface Asked {
  readonly query: Query;
  readonly client: Client;
  readonly reply: (octets: Buffer) => void;
  readonly arrivedAt: number;
  /** Finer than the clock, which counts milliseconds: most answers take less than one. */
  readonly startedMs: number;
}

function microsecondsSince({ startedMs }: Asked): number {
  return Math.round((performance.now() - startedMs) * 1000);
}

function chain(stages: readonly Stage[]): Resolve {
  return stages.reduceRight<Resolve>(
    (next, stage) => (context) => stage.resolve(context, next),
    () => Promise.reject(new Error('no stage answered')),
  );
}

function encode(query: Query, protocol: 'udp' | 'tcp', outcome: Outcome): Buffer {
  return writeReply({ query, ...outcome, limit: replyLimit(query, protocol) });
}

/** What no forwarder of this kind answers, whoever asks. */
function refuseOutright({ question }: Query, group: ClientGroup | undefined): Outcome | undefined {
  const no = (rcode: number, reason: Reason, code: number, text: string): Outcome => ({
    rcode,
    answers: [],
    authority: [],
    ede: { code, text },
    verdict: 'denied',
    reason,
    source: 'local',
  });
  if (group === undefined) return undefined;
  if (question.class !== CLASS.IN)
    return no(RCODE.REFUSED, 'not-in-class', EDE.NOT_SUPPORTED, 'only class IN is answered');
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR)
    return no(RCODE.REFUSED, 'transfer', EDE.NOT_SUPPORTED, 'no zone transfers here');
  if (question.type === TYPE.MAILA || question.type === TYPE.MAILB)
    return no(RCODE.NOTIMP, 'not-a-type', EDE.NOT_SUPPORTED, 'these types are obsolete: ask for MX');
  if (isMetaType(question.type)) {
    const text = `${typeName(question.type)} is no type that a name can have`;
    return no(RCODE.FORMERR, 'not-a-type', EDE.INVALID_QUERY_TYPE, text);
  }
  return undefined;
}

/** A client of no group: RFC 8914 section 4.19, Prohibited. */
function stranger(): Outcome {
  return {
    rcode: RCODE.REFUSED,
    answers: [],
    authority: [],
    ede: { code: EDE.PROHIBITED, text: 'this client belongs to no group' },
    verdict: 'denied',
    reason: 'unknown-client',
    source: 'local',
  };
}
