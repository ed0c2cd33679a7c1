/** What a client asks, and what becomes of packets that ask nothing we can answer. */
import type { DomainName } from '../../base/domain-name.ts';
import {
  EDNS_UDP_OCTETS,
  FLAG,
  HEADER_OCTETS,
  MAX_MESSAGE_OCTETS,
  PLAIN_UDP_OCTETS,
  RCODE,
  TYPE,
} from './constants.ts';
import { endOfPlainName, POINTER, toDomainName } from './name.ts';
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
  /** A complete answer to send back: FORMERR, NOTIMP, BADVERS or NOTAUTH. */
  | { readonly kind: 'reply'; readonly octets: Buffer; readonly why: string }
  /** Nothing to answer: an answer to it could start a loop between two servers. */
  | { readonly kind: 'drop'; readonly why: string };

/** Accepts exactly one question, at most one OPT behind it, and not an octet more; signed queries are told that no key is known. */
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
  // RFC 8945 section 5.2.1. Stripped, the signature would be answered by nobody the client trusts (RFC 5625 section 4.5).
  if (body.isSigned === true) return reply(RCODE.NOTAUTH, 'signed, and no keys are kept here');
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
interface Body extends Extras {
  readonly asked?: { readonly question: Question; readonly qnameOctets: Buffer };
}

/** What may stand behind a question. */
interface Extras {
  readonly edns?: Edns | undefined;
  readonly isSigned?: boolean;
  readonly problem?: string;
}

function readBody(octets: Buffer): Body {
  const questions = octets.readUInt16BE(4);
  // Without a question there may still be an OPT, and then there is one in the answer (RFC 6891 section 6.1.1).
  if (questions === 0) return { problem: 'no question', edns: readExtras(octets, HEADER_OCTETS).edns };
  if (questions !== 1) return { problem: `${questions} questions` };

  const end = endOfPlainName(octets, HEADER_OCTETS);
  if (end === undefined || end + 4 > octets.length) return { problem: 'malformed question' };
  const question = {
    name: toDomainName(octets.toString('latin1', HEADER_OCTETS, end)),
    type: octets.readUInt16BE(end),
    class: octets.readUInt16BE(end + 2),
  };
  const asked = { question, qnameOctets: octets.subarray(HEADER_OCTETS, end) };
  return { asked, ...readExtras(octets, end + 4, question.type) };
}

/** Stops at the first record that has no business in a query, so that a long message costs no more than a short one. */
function readExtras(octets: Buffer, start: number, type?: number): Extras {
  const authority = octets.readUInt16BE(8);
  const records = authority + octets.readUInt16BE(10);
  // The version that the client of a zone transfer has already (RFC 1995 section 3); read to be refused in its own words.
  const allowed = type === TYPE.IXFR ? 1 : 0;
  if (octets.readUInt16BE(6) > 0 || authority > allowed) return { problem: 'records in a query' };

  let at = start;
  let edns: Edns | undefined;
  let isSigned = false;
  for (let i = 0; i < records; i++) {
    const extra = skipRecord(octets, at);
    if (extra === undefined) return { edns, problem: 'malformed record' };
    if (i >= authority) {
      // A signature is the last record (RFC 8945 section 5.1).
      if (isSigned) return { edns, problem: 'records behind the signature' };
      if (extra.type === TYPE.OPT) {
        if (edns !== undefined) return { edns, problem: 'more than one OPT' };
        edns = readOpt(octets, at)?.edns;
        if (edns === undefined) return { problem: 'malformed OPT' };
      } else if (SIGNATURES.has(extra.type)) {
        isSigned = true;
      } else {
        return { edns, problem: 'records in a query' };
      }
    }
    at = extra.next;
  }
  return at === octets.length ? { edns, isSigned } : { edns, problem: 'octets behind the last record' };
}

/** Where a record ends, by its own account; its owner may be a pointer, which is not followed. */
function skipRecord(
  octets: Buffer,
  start: number,
): { readonly type: number; readonly next: number } | undefined {
  const isPointer = (octets[start] ?? 0) >= POINTER;
  const fixed = isPointer ? start + 2 : endOfPlainName(octets, start);
  if (fixed === undefined || fixed + 10 > octets.length) return undefined;
  const next = fixed + 10 + octets.readUInt16BE(fixed + 8);
  return next > octets.length ? undefined : { type: octets.readUInt16BE(fixed), next };
}

/** TSIG (RFC 8945) and SIG(0) (RFC 2931). */
const SIGNATURES: ReadonlySet<number> = new Set([TYPE.TSIG, TYPE.SIG]);

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
