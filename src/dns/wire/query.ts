/** What a client asks, and what becomes of packets that ask nothing we can answer. */
import type { DomainName } from '../../base/domain-name.ts';
import {
  EDNS_UDP_OCTETS,
  FLAG,
  HEADER_OCTETS,
  MAX_MESSAGE_OCTETS,
  PLAIN_UDP_OCTETS,
  RCODE,
} from './constants.ts';
import { endOfPlainName, toDomainName } from './name.ts';
import { type Edns, optRecord, readOpt } from './opt.ts';

export interface Question {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
}

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** The client understands AD in the answer (RFC 6840 section 5.7). */
  readonly authenticData: boolean;
  readonly question: Question;
  /** The name as it was asked, case kept: it goes back that way. */
  readonly qnameOctets: Buffer;
  /** Undefined when the query had no OPT; the answer has none then (RFC 6891 section 6.1.1). */
  readonly edns: Edns | undefined;
}

export type ParsedQuery =
  | { readonly kind: 'query'; readonly query: Query }
  /** A complete answer to send back: FORMERR, NOTIMP or BADVERS. */
  | { readonly kind: 'reply'; readonly octets: Buffer; readonly why: string }
  /** Nothing to answer: an answer to it could start a loop between two servers. */
  | { readonly kind: 'drop'; readonly why: string };

/** Accepts exactly one question and at most one OPT behind it, and not an octet more. */
export function parseQuery(octets: Buffer): ParsedQuery {
  if (octets.length < HEADER_OCTETS) return { kind: 'drop', why: 'shorter than a header' };
  const flags = octets.readUInt16BE(2);
  if ((flags & FLAG.QR) !== 0) return { kind: 'drop', why: 'an answer, not a query' };

  const body = readBody(octets);
  const reply = (rcode: number, why: string): ParsedQuery => ({
    kind: 'reply',
    octets: errorReply(octets, rcode, body),
    why,
  });
  if ((flags & FLAG.OPCODE) !== 0) return reply(RCODE.NOTIMP, `opcode ${(flags & FLAG.OPCODE) >> 11}`);
  if (body.asked === undefined || body.problem !== undefined) {
    return reply(RCODE.FORMERR, body.problem ?? 'no question');
  }
  if (body.edns !== undefined && body.edns.version > 0) {
    return reply(RCODE.BADVERS, `EDNS version ${body.edns.version}`);
  }
  return {
    kind: 'query',
    query: {
      id: octets.readUInt16BE(0),
      recursionDesired: (flags & FLAG.RD) !== 0,
      checkingDisabled: (flags & FLAG.CD) !== 0,
      authenticData: (flags & FLAG.AD) !== 0,
      question: body.asked.question,
      qnameOctets: body.asked.qnameOctets,
      edns: body.edns,
    },
  };
}

/** The most octets this client may be sent. */
export function replyLimit(query: Query, protocol: 'udp' | 'tcp'): number {
  if (protocol === 'tcp') return MAX_MESSAGE_OCTETS;
  return query.edns === undefined ? PLAIN_UDP_OCTETS : Math.min(query.edns.udpSize, EDNS_UDP_OCTETS);
}

/** As much as could be read; the answer to a bad query repeats what was good in it. */
interface Body {
  readonly asked?: { readonly question: Question; readonly qnameOctets: Buffer };
  readonly edns?: Edns;
  readonly problem?: string;
}

function readBody(octets: Buffer): Body {
  const questions = octets.readUInt16BE(4);
  if (questions !== 1) return { problem: `${questions} questions` };

  const end = endOfPlainName(octets, HEADER_OCTETS);
  if (end === undefined || end + 4 > octets.length) return { problem: 'malformed question' };
  const question = {
    name: toDomainName(octets.toString('latin1', HEADER_OCTETS, end)),
    type: octets.readUInt16BE(end),
    class: octets.readUInt16BE(end + 2),
  };
  const asked = { question, qnameOctets: octets.subarray(HEADER_OCTETS, end) };

  if (octets.readUInt32BE(6) !== 0) return { asked, problem: 'records in a query' };
  const additional = octets.readUInt16BE(10);
  if (additional === 0) {
    return end + 4 === octets.length ? { asked } : { asked, problem: 'octets behind the question' };
  }
  const opt = readOpt(octets, end + 4);
  if (opt === undefined) return { asked, problem: 'the additional record is not a well-formed OPT' };
  const { edns } = opt;
  if (additional > 1) return { asked, edns, problem: `${additional} additional records` };
  return opt.next === octets.length
    ? { asked, edns }
    : { asked, edns, problem: 'octets behind the last record' };
}

function errorReply(octets: Buffer, rcode: number, { asked, edns }: Body): Buffer {
  const end = asked === undefined ? HEADER_OCTETS : HEADER_OCTETS + asked.qnameOctets.length + 4;
  const head = Buffer.from(octets.subarray(0, end));
  const copied = octets.readUInt16BE(2) & (FLAG.OPCODE | FLAG.RD | FLAG.CD);
  head.writeUInt16BE(FLAG.QR | FLAG.RA | copied | (rcode & FLAG.RCODE), 2);
  head.fill(0, 4, HEADER_OCTETS);
  head.writeUInt16BE(asked === undefined ? 0 : 1, 4);
  if (edns === undefined) return head;
  head.writeUInt16BE(1, 10);
  return Buffer.concat([head, optRecord(rcode, edns.dnssecOk)]);
}
