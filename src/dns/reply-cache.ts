import { LRUCache } from 'lru-cache';
import type { Outcome, QueryContext } from './query-context.ts';
import { type PatchableReply, patchReply } from './wire/patch.ts';
import type { Query } from './wire/query.ts';

/** Octets of finished replies kept; a home asks a few hundred names of some hundred octets each. */
const MAX_OCTETS = 16 * 1024 * 1024;

export interface Reply {
  readonly patchable: PatchableReply;
  readonly outcome: Outcome;
  readonly writtenAt: number;
  readonly until: number;
  /** The gate's epoch under which it was told: a withdrawn address must not be told again. */
  readonly epoch: number;
}

export interface ReplyCache {
  find(
    key: string,
    query: Query,
    now: number,
    epoch: number,
  ): { readonly octets: Buffer; readonly outcome: Outcome } | undefined;
  keep(key: string, reply: Reply): void;
  clear(): void;
}

/** Finished replies, handed out again with the asker's id and case, and their ttls counted down. */
export function createReplyCache(): ReplyCache {
  const replies = new LRUCache<string, Reply>({
    maxSize: MAX_OCTETS,
    sizeCalculation: (reply, key) => reply.patchable.octets.length + key.length + 256,
  });
  return {
    find(key, query, now, epoch) {
      const reply = replies.get(key);
      if (reply === undefined) return undefined;
      if (reply.epoch !== epoch || reply.until <= now) {
        replies.delete(key);
        return undefined;
      }
      const ageS = Math.floor((now - reply.writtenAt) / 1000);
      return { octets: patchReply(reply.patchable, query, ageS), outcome: cached(reply.outcome) };
    },
    keep(key, reply) {
      replies.set(key, reply);
    },
    clear: () => replies.clear(),
  };
}

/** Everything that shapes a reply besides its data. */
export function replyKey({ query, group, protocol }: QueryContext): string {
  const { question, edns } = query;
  const size =
    protocol === 'tcp' ? 't' : edns === undefined ? 'p' : edns.udpSize >= 1232 ? 'e' : `e${edns.udpSize}`;
  const flags =
    (query.recursionDesired ? 1 : 0) | (query.checkingDisabled ? 2 : 0) | (query.authenticData ? 4 : 0);
  const opt = edns === undefined ? 0 : edns.dnssecOk ? 2 : 1;
  return `${group.id} ${question.type} ${size}${flags}${opt} ${question.name}`;
}

function cached(outcome: Outcome): Outcome {
  return outcome.source === 'cache' || outcome.source === 'local' ? outcome : { ...outcome, source: 'cache' };
}
