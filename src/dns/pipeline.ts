/**
 * One query, from packet to reply.
 *
 *   packet ─ client ─ reply cache ─hit─▶ patched copy ─▶ socket
 *                          │ miss
 *                        parse ─ stages: each answers, or asks the next and touches the answer on its way back
 */

import type { Clock } from '../base/clock.ts';
import { formatDomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { deadlineFor } from './deadline.ts';
import type { ClientLimits } from './limits/client-limits.ts';
import type { LoopGuard } from './limits/loop-guard.ts';
import type { Places } from './limits/places.ts';
import type { EventPort, Outcome, PolicyPort, QueryContext, Resolve, Stage } from './query-context.ts';
import { failure, REFUSAL_TTL_S } from './refusal.ts';
import { type Asker, createReplyCache } from './reply-cache.ts';
import { EDE, HEADER_OCTETS, RCODE } from './wire/constants.ts';
import { OPT_OCTETS } from './wire/opt.ts';
import { patchableReply } from './wire/patch.ts';
import { parseQuery, type Query, replyLimit } from './wire/query.ts';
import { writeReply } from './wire/write.ts';

export interface PipelineParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: PolicyPort;
  readonly events: EventPort;
  readonly limits: PipelineLimits;
  /** In their order. */
  readonly stages: readonly Stage[];
}

/** What keeps one client, or an upstream that forwards to us, from using up the house. */
export interface PipelineLimits {
  readonly clients: ClientLimits;
  /** Questions that wait for an upstream or a firewall. */
  readonly waiting: Places;
  readonly loops: LoopGuard;
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

export function createPipeline(parts: PipelineParts): Pipeline {
  const { clock, policy, events, limits, log } = parts;
  const replies = createReplyCache((client) => policy.groupOf(client));
  const resolve = chain(parts.stages);

  const underway = new Set<Promise<void>>();
  /** Lets go of the questions under way: what was begun under an older policy is neither told nor kept. */
  const begunBefore = new Set<() => void>();

  const take = (asked: Asked): void => {
    const { query, client, arrivedAt } = asked;
    const asker = replies.askerOf(client.address, client.protocol);
    const { group } = asker;
    const about = {
      query,
      client: client.address,
      protocol: client.protocol,
      arrivedAt,
      allowed: undefined,
    };
    const isLooped = limits.loops.isOurs(query.question, client.address, group !== undefined);
    if (group === undefined) {
      if (!isLooped) events.unknownClient(client.address, query.question.name);
      const outcome = isLooped ? looped() : stranger();
      asked.reply(encode(asked, outcome));
      events.answered({ ...about, deadline: arrivedAt }, undefined, outcome, microsecondsSince(asked));
      return;
    }
    const hasPlace = limits.waiting.take(client.address);
    const leave = (): void => {
      if (hasPlace) limits.waiting.giveBack(client.address);
    };
    // Without a place among those who wait there is no patience, only what is at hand.
    const deadline = hasPlace ? deadlineFor(group, arrivedAt) : arrivedAt;
    const context: QueryContext = { ...about, group, deadline, crowded: !hasPlace };
    const outcome = isLooped ? looped() : resolveOrFail(context);
    if (!(outcome instanceof Promise)) {
      leave();
      tell(context, asker, asked, outcome);
      return;
    }
    const answering = unlessPolicyChanges(outcome).then((resolved) => {
      leave();
      if (resolved === undefined) take(asked);
      else tell(context, asker, asked, resolved);
    });
    underway.add(answering);
    void answering.finally(() => underway.delete(answering));
  };

  const tell = (context: QueryContext, asker: Asker, asked: Asked, outcome: Outcome): void => {
    const octets = encode(asked, outcome);
    asked.reply(octets);
    const writtenAt = clock.now();
    const until = repeatUntil(outcome, writtenAt);
    if (until > writtenAt && !hasOptions(asked)) {
      const told = { context, outcome: fromCache(outcome) };
      replies.keep(asker, asked.packet, { patchable: patchableReply(octets), told, writtenAt, until });
    }
    events.answered(context, context.group, outcome, microsecondsSince(asked));
  };

  const unlessPolicyChanges = (outcome: Promise<Outcome>): Promise<Outcome | undefined> =>
    new Promise((resolve) => {
      const letGo = () => resolve(undefined);
      begunBefore.add(letGo);
      void outcome.then(resolve).finally(() => begunBefore.delete(letGo));
    });

  const resolveOrFail = (context: QueryContext): Outcome | Promise<Outcome> => {
    const failed = (error: unknown): Outcome => {
      const name = formatDomainName(context.query.question.name);
      log.error({ err: error, name }, 'a query could not be answered');
      return failure('internal', { code: EDE.OTHER, text: 'internal failure, see the log' });
    };
    try {
      const outcome = resolve(context);
      return outcome instanceof Promise ? outcome.catch(failed) : outcome;
    } catch (error) {
      return failed(error);
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
      const arrivedAt = clock.now();
      const startedMs = performance.now();
      const allowance = limits.clients.of(client.address);
      if (!allowance.take(arrivedAt)) {
        if (allowance.takeRefusal(arrivedAt)) refuseMore(packet, client, reply);
        return;
      }
      const repeated = replies.find(replies.askerOf(client.address, client.protocol), packet, arrivedAt);
      if (repeated !== undefined) {
        reply(repeated.octets);
        events.repeated(repeated.told, arrivedAt, startedMs);
        return;
      }
      const parsed = parseQuery(packet);
      if (parsed.kind === 'drop') return;
      if (parsed.kind === 'reply') reply(parsed.octets);
      else take({ packet, query: parsed.query, client, reply, arrivedAt, startedMs });
    },
  };
}

/** One question and the way back to who asked it. */
interface Asked {
  readonly packet: Buffer;
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

/** Milliseconds a reply of our own may be repeated: as long as a refusal may be remembered by whoever got it. */
const OWN_REPEAT_MS = REFUSAL_TTL_S * 1000;

/** Clock time until which the same question may be given the same reply. */
function repeatUntil(outcome: Outcome, now: number): number {
  if (outcome.repeatUntil !== undefined) return outcome.repeatUntil;
  return outcome.source === 'local' && outcome.verdict !== 'failed' ? now + OWN_REPEAT_MS : now;
}

/** A cookie and the like: chosen by chance, so the same octets will hardly come again. */
function hasOptions({ packet, query }: Asked): boolean {
  const plain = HEADER_OCTETS + query.qnameOctets.length + 4;
  return packet.length > plain + (query.edns === undefined ? 0 : OPT_OCTETS);
}

function fromCache(outcome: Outcome): Outcome {
  return outcome.source === 'local' ? outcome : { ...outcome, source: 'cache' };
}

function chain(stages: readonly Stage[]): Resolve {
  return stages.reduceRight<Resolve>(
    (next, stage) => (context) => stage.resolve(context, next),
    () => {
      throw new Error('no stage answered');
    },
  );
}

function encode({ query, client }: Pick<Asked, 'query' | 'client'>, outcome: Outcome): Buffer {
  return writeReply({ query, ...outcome, limit: replyLimit(query, client.protocol) });
}

/** Not written down: the client is named in the status, and a flood must not fill the log. */
function refuseMore(packet: Buffer, client: Client, reply: (octets: Buffer) => void): void {
  const parsed = parseQuery(packet);
  if (parsed.kind === 'drop' || parsed.kind === 'reply') return;
  const ede = { code: EDE.OTHER, text: 'this client asks too many questions a second' };
  reply(encode({ query: parsed.query, client }, { ...failure('too-many', ede), rcode: RCODE.REFUSED }));
}

/** SERVFAIL, so that the upstream that asks gives up and says so to us. */
function looped(): Outcome {
  return failure('loop', {
    code: EDE.OTHER,
    text: 'forwarding loop: this is our own question, come back to us',
  });
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
