/** What every way of asking an upstream has in common. */
import { randomFillSync, randomInt } from 'node:crypto';
import { nameOctets } from '../wire/name.ts';
import { type Expected, parseResponse, type Response } from '../wire/response.ts';
import { writeQuery } from '../wire/write.ts';
import { padded } from './padding.ts';
import { type UpstreamFailure, type UpstreamQuestion, unreadable } from './upstream.ts';

/** A message, and what its answer has to match. */
export interface Outgoing {
  readonly octets: Buffer;
  readonly expected: Expected;
}

export interface OutgoingOptions {
  readonly id: number;
  readonly edns: boolean;
  /** Absent: the name goes in lower case. */
  readonly mixCase?: ((qname: Buffer) => void) | undefined;
  /** Over TLS: padded, so that its length does not tell the name, and AD asked for, because it can be believed. */
  readonly encrypted: boolean;
}

/** Written from scratch: no option of the client's goes on, ECS and cookies among them. */
export function outgoing(question: UpstreamQuestion, options: OutgoingOptions): Outgoing {
  const { type, class: questionClass, dnssecOk, checkingDisabled } = question;
  const { id, edns, encrypted } = options;
  const qnameOctets = nameOctets(question.name);
  options.mixCase?.(qnameOctets);
  const expected = { id, qnameOctets, type, class: questionClass };
  const octets = writeQuery({
    ...expected,
    recursionDesired: true,
    checkingDisabled,
    authenticData: encrypted,
    dnssecOk,
    edns,
  });
  return { expected, octets: encrypted && edns ? padded(octets) : octets };
}

/** An id that cannot be foreseen (RFC 5452 section 9.2) and that no other question on the same way has. */
export function freeId(taken: { has(id: number): boolean }): number {
  let id = randomInt(0x10000);
  // Few are taken: the callers let at most some hundreds of 65,536 be under way.
  while (taken.has(id)) id = (id + 1) & 0xffff;
  return id;
}

/** The answer of a channel that keeps messages apart; undefined for a message that answers something else. */
export function readAnswer(
  id: string,
  message: Buffer,
  expected: Expected,
): Response | UpstreamFailure | undefined {
  const parsed = parseResponse(message, expected);
  if (parsed.kind === 'mismatch') return undefined;
  if (parsed.kind === 'malformed') return unreadable(id, parsed.why);
  // There is nothing it could not have sent here.
  return parsed.response.truncated ? unreadable(id, 'truncated, although there is room') : parsed.response;
}

/** Puts each letter in either case: bits a forger has to guess beside id and port (draft-vixie-dnsext-dns0x20). */
export function caseMixer(): (qname: Buffer) => void {
  // Random octets in stock: to fetch a few for each name costs more than all the rest of writing the query.
  const coins = Buffer.alloc(4096);
  let used = coins.length;
  return (qname) => {
    if (used + qname.length > coins.length) {
      randomFillSync(coins);
      used = 0;
    }
    for (let i = 0; i < qname.length; i++) {
      const octet = qname[i] ?? 0;
      const isLetter = octet >= 0x61 && octet <= 0x7a;
      if (isLetter && ((coins[used + i] ?? 0) & 1) === 1) qname[i] = octet - 0x20;
    }
    used += qname.length;
  };
}
