/** Messages of our own: queries to upstreams, and replies that fit what the client can read. */
import { CLASS, FLAG, PLAIN_UDP_OCTETS, RCODE, TYPE } from './constants.ts';
import { createMessageWriter } from './message-writer.ts';
import { optRecord } from './opt.ts';
import type { Query } from './query.ts';
import type { ResourceRecord } from './response.ts';

export interface Reply {
  readonly query: Query;
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Why, for clients that sent an OPT (RFC 8914); its text is the first thing dropped when space is short. */
  readonly ede?: { readonly code: number; readonly text: string } | undefined;
  /** The upstream vouched for it over a channel we trust; told only to clients that asked (RFC 6840 section 5.8). */
  readonly authenticData?: boolean;
  /** The most octets the reply may have; see replyLimit. Less than 512 counts as 512. */
  readonly limit: number;
}

/**
 * The reply in at most `limit` octets:
 *
 *   everything fits                       -> everything
 *   else, the client sent an OPT          -> question, OPT, TC: it will come again over TCP
 *   else, addresses below a CNAME chain   -> the addresses alone, as if the qname owned them
 *   else                                  -> as many whole addresses as fit, and TC
 *
 * Clients without EDNS may have no TCP either (musl 1.2.2) and use what is there.
 */
export function writeReply(reply: Reply): Buffer {
  const limit = Math.max(reply.limit, PLAIN_UDP_OCTETS);
  return (
    writeWhole(reply, limit) ??
    (reply.query.edns ? writeTruncated(reply, [], limit) : writeSmall(reply, limit))
  );
}

export interface UpstreamQuery {
  readonly id: number;
  /** The name in wire form, in the case it shall be sent. */
  readonly qnameOctets: Buffer;
  readonly type: number;
  readonly class: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** AD in a query asks for AD in the answer (RFC 6840 section 5.7). */
  readonly authenticData?: boolean;
  readonly dnssecOk: boolean;
  /** False for servers that answer an OPT with FORMERR; DO cannot be sent then. */
  readonly edns: boolean;
}

export function writeQuery(query: UpstreamQuery): Buffer {
  const opt = query.edns ? optRecord(RCODE.NOERROR, query.dnssecOk) : undefined;
  const writer = createMessageWriter(PLAIN_UDP_OCTETS);
  writer.header({
    id: query.id,
    flags:
      (query.recursionDesired ? FLAG.RD : 0) |
      (query.checkingDisabled ? FLAG.CD : 0) |
      (query.authenticData === true ? FLAG.AD : 0),
    counts: [0, 0, opt === undefined ? 0 : 1],
  });
  writer.question(query.qnameOctets, query.type, query.class);
  if (opt !== undefined) writer.octets(opt);
  return finished(writer.finish());
}

/** Tries with ever less of what the client can do without. */
function writeWhole(reply: Reply, limit: number): Buffer | undefined {
  const { query, ede } = reply;
  const whole = write(reply, limit, ede);
  if (whole !== undefined) return whole;
  if (query.edns !== undefined && ede !== undefined) {
    const shorter = write(reply, limit, { code: ede.code, text: '' }) ?? write(reply, limit, undefined);
    if (shorter !== undefined) return shorter;
  }
  // Beside a full answer the authority section is an extra, and an extra is no reason for TC (RFC 2181 section 9).
  const isAnswered = reply.answers.some((record) => record.type === query.question.type);
  return isAnswered && reply.authority.length > 0
    ? write({ ...reply, authority: [] }, limit, ede)
    : undefined;
}

function writeSmall(reply: Reply, limit: number): Buffer {
  const { question, qnameOctets } = reply.query;
  // The addresses stand for the chain as well, so they live no longer than any part of it.
  const ttl = reply.answers.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY);
  const addresses = reply.answers
    .filter((record) => isAddress(record) && record.type === question.type)
    .map((record) => ({ ...record, owner: question.name, ttl }));
  const [first] = addresses;
  if (first === undefined) return writeTruncated(reply, [], limit);

  const room = limit - HEADER_AND_QUESTION - qnameOctets.length;
  const fitting = Math.floor(room / (COMPRESSED_RECORD + first.rdata.length));
  if (fitting < addresses.length) return writeTruncated(reply, addresses.slice(0, fitting), limit);
  return finished(write({ ...reply, answers: addresses, authority: [] }, limit, undefined));
}

function writeTruncated(reply: Reply, answers: readonly ResourceRecord[], limit: number): Buffer {
  return finished(write({ ...reply, answers, authority: [] }, limit, undefined, FLAG.TC));
}

function write(reply: Reply, limit: number, ede: Reply['ede'], extraFlags = 0): Buffer | undefined {
  const { query, answers, authority } = reply;
  // Without an OPT there is no place for the upper bits of an rcode.
  const rcode = query.edns === undefined && reply.rcode > FLAG.RCODE ? RCODE.SERVFAIL : reply.rcode;
  const opt = query.edns && optRecord(rcode, query.edns.dnssecOk, ede);
  const isAdWanted = query.authenticData || query.edns?.dnssecOk === true;
  const writer = createMessageWriter(limit);
  writer.header({
    id: query.id,
    flags:
      FLAG.QR |
      FLAG.RA |
      (rcode & FLAG.RCODE) |
      (query.recursionDesired ? FLAG.RD : 0) |
      (query.checkingDisabled ? FLAG.CD : 0) |
      (reply.authenticData === true && isAdWanted ? FLAG.AD : 0) |
      extraFlags,
    counts: [answers.length, authority.length, opt === undefined ? 0 : 1],
  });
  writer.question(query.qnameOctets, query.question.type, query.question.class);
  for (const record of answers) writer.record(record);
  for (const record of authority) writer.record(record);
  if (opt !== undefined) writer.octets(opt);
  return writer.finish();
}

function isAddress({ type, class: recordClass }: ResourceRecord): boolean {
  return recordClass === CLASS.IN && (type === TYPE.A || type === TYPE.AAAA);
}

/** What is written here is at most a header, a question, an OPT and as many records as were counted to fit. */
function finished(octets: Buffer | undefined): Buffer {
  if (octets === undefined) throw new Error('a message without records does not fit in 512 octets');
  return octets;
}

const HEADER_AND_QUESTION = 16;
/** Owner as a pointer, type, class, TTL, RDLENGTH. */
const COMPRESSED_RECORD = 12;
