/**
 * Finished replies, given again to the client that asked before. Found by the octets of the question, all but its id:
 * what they ask need not be read again, and name, case, flags, EDNS and size limit are the same by themselves.
 *
 *   client ─▶ its group and its replies ─▶ octets of the question ─▶ reply, while it stands
 */
import type { IpAddress } from '../base/ip-address.ts';
import type { ClientGroup, Told } from './query-context.ts';
import { type PatchableReply, patchReply } from './wire/patch.ts';

/** A reply that was told, and may be told again. */
export interface KeptReply {
  readonly patchable: PatchableReply;
  readonly told: Told;
  readonly writtenAt: number;
  /** Clock time from which it must not be given any more. */
  readonly until: number;
}

/** Who asks, over one protocol: how much fits in a reply differs between them. */
export interface Asker {
  readonly group: ClientGroup | undefined;
  readonly replies: Map<string, KeptReply>;
}

export interface Repeated {
  readonly octets: Buffer;
  readonly told: Told;
}

export interface ReplyCache {
  askerOf(address: IpAddress, protocol: 'udp' | 'tcp'): Asker;
  find(asker: Asker, question: Buffer, now: number): Repeated | undefined;
  keep(asker: Asker, question: Buffer, reply: KeptReply): void;
  /** After a change of policy; the groups of the clients may be others now, too. */
  clear(): void;
}

export function createReplyCache(groupOf: (client: IpAddress) => ClientGroup | undefined): ReplyCache {
  const askers = { udp: new Map<IpAddress, Asker>(), tcp: new Map<IpAddress, Asker>() };
  let octets = 0;

  const clear = (): void => {
    askers.udp.clear();
    askers.tcp.clear();
    octets = 0;
  };

  return {
    clear,
    askerOf(address, protocol) {
      const known = askers[protocol].get(address);
      if (known !== undefined) return known;
      const group = groupOf(address);
      const asker = { group, replies: new Map<string, KeptReply>() };
      // Strangers are refused, however many they say they are.
      if (group === undefined) return asker;
      if (askers[protocol].size >= MAX_ASKERS) clear();
      askers[protocol].set(address, asker);
      return asker;
    },
    find({ replies }, question, now) {
      const reply = replies.get(keyOf(question));
      if (reply === undefined || reply.until <= now || reply.told.outcome.standing?.holds === false)
        return undefined;
      const ageS = Math.floor((now - reply.writtenAt) / 1000);
      return { octets: patchReply(reply.patchable, question, ageS), told: reply.told };
    },
    keep(asker, question, reply) {
      octets += reply.patchable.octets.length + question.length + OVERHEAD_OCTETS;
      // A full house is emptied rather than sorted out: what is asked often is back with its next question.
      if (octets > MAX_OCTETS) clear();
      else asker.replies.set(keyOf(question), inOwnMemory(reply));
    },
  };
}

/** Octets mostly lie in memory shared with others (a read of a socket, Node's pool), and would keep all of that. */
function inOwnMemory(reply: KeptReply): KeptReply {
  const { patchable, told } = reply;
  const { query } = told.context;
  const context = { ...told.context, query: { ...query, qnameOctets: copyOf(query.qnameOctets) } };
  return {
    ...reply,
    patchable: { ...patchable, octets: copyOf(patchable.octets) },
    told: { ...told, context },
  };
}

function copyOf(octets: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  octets.copy(copy);
  return copy;
}

/** One character per octet, as strings are what a Map compares by content. */
function keyOf(question: Buffer): string {
  return question.toString('latin1', ID_OCTETS);
}

const ID_OCTETS = 2;
/** Octets of finished replies kept, some four thousand; a home asks a few hundred names. */
const MAX_OCTETS = 12 * 1024 * 1024;
/** What an entry costs besides its octets: what is told to the log, and the records it was made of. */
const OVERHEAD_OCTETS = 3072;
/** Clients remembered; a prefix of IPv6 addresses has more than anybody can count. */
const MAX_ASKERS = 1000;
