/** What an upstream answered: matched to what was asked, then validated record by record. */
import type { DomainName } from '../../base/domain-name.ts';
import { FLAG, HEADER_OCTETS, RCODE, TYPE } from './constants.ts';
import { type NameReader, nameReader, toDomainName } from './name.ts';
import { readOpt } from './opt.ts';
import { rdataLayout, readRdata } from './rdata.ts';

export interface ResourceRecord {
  readonly owner: DomainName;
  readonly type: number;
  readonly class: number;
  /** Seconds, 31 bits (RFC 2181 section 8). */
  readonly ttl: number;
  /** Names in it are never compressed. */
  readonly rdata: Buffer;
}

export interface Response {
  /** With the upper bits of the OPT. */
  readonly rcode: number;
  readonly authoritative: boolean;
  /** The rest was not sent, so nothing of it is used: the sections are empty (RFC 2181 section 9). */
  readonly truncated: boolean;
  readonly authenticData: boolean;
  /** Whether it carried an OPT. */
  readonly edns: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

/** What was sent, octet for octet. */
export interface Expected {
  readonly id: number;
  readonly qnameOctets: Buffer;
  readonly type: number;
  readonly class: number;
}

export type ParsedResponse =
  | { readonly kind: 'response'; readonly response: Response }
  /** Not an answer to what was asked, perhaps forged: go on waiting (RFC 5452 section 9.1). */
  | { readonly kind: 'mismatch'; readonly why: string; readonly onlyCase: boolean }
  | { readonly kind: 'malformed'; readonly why: string };

export function parseResponse(octets: Buffer, expected: Expected): ParsedResponse {
  const match = matchQuestion(octets, expected);
  if (typeof match !== 'number') return match;

  const flags = octets.readUInt16BE(2);
  const header = {
    rcode: flags & FLAG.RCODE,
    authoritative: (flags & FLAG.AA) !== 0,
    truncated: (flags & FLAG.TC) !== 0,
    authenticData: (flags & FLAG.AD) !== 0,
  };
  if (header.truncated) {
    return { kind: 'response', response: { ...header, edns: false, answers: [], authority: [] } };
  }
  const sections = readSections(octets, match);
  if (typeof sections === 'string') return { kind: 'malformed', why: sections };
  const { answers, authority, extendedRcode } = sections;
  const edns = extendedRcode !== undefined;
  const rcode = header.rcode | ((extendedRcode ?? 0) << 4);
  return { kind: 'response', response: { ...header, rcode, edns, answers, authority } };
}

/** Where the records begin. */
function matchQuestion(octets: Buffer, expected: Expected): number | ParsedResponse {
  const mismatch = (why: string, onlyCase = false): ParsedResponse => ({ kind: 'mismatch', why, onlyCase });
  if (octets.length < HEADER_OCTETS) return mismatch('shorter than a header');
  if (octets.readUInt16BE(0) !== expected.id) return mismatch('another id');
  const flags = octets.readUInt16BE(2);
  if ((flags & FLAG.QR) === 0) return mismatch('a query, not an answer');
  if ((flags & FLAG.OPCODE) !== 0) return mismatch('another opcode');

  const questions = octets.readUInt16BE(4);
  if (questions === 0 && isBareFailure(octets)) return HEADER_OCTETS;
  if (questions !== 1) return mismatch(`${questions} questions`);
  const nameEnd = HEADER_OCTETS + expected.qnameOctets.length;
  if (octets.length < nameEnd + 4) return mismatch('another question');
  if (octets.readUInt16BE(nameEnd) !== expected.type || octets.readUInt16BE(nameEnd + 2) !== expected.class) {
    return mismatch('another type or class');
  }
  if (expected.qnameOctets.compare(octets, HEADER_OCTETS, nameEnd) !== 0) {
    const onlyCase =
      toDomainName(octets.toString('latin1', HEADER_OCTETS, nameEnd)) ===
      toDomainName(expected.qnameOctets.toString('latin1'));
    return mismatch(onlyCase ? 'the name in another case' : 'another name', onlyCase);
  }
  return nameEnd + 4;
}

/** Servers that cannot read a query answer it with the header alone: it says nothing but that it failed. */
function isBareFailure(octets: Buffer): boolean {
  const rcode = octets.readUInt16BE(2) & FLAG.RCODE;
  return octets.readUInt32BE(6) === 0 && BARE_FAILURES.has(rcode);
}

interface Sections {
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Undefined without an OPT. */
  readonly extendedRcode: number | undefined;
}

/** The sections, or what is wrong with them. */
function readSections(octets: Buffer, start: number): Sections | string {
  const counts = [octets.readUInt16BE(6), octets.readUInt16BE(8), octets.readUInt16BE(10)] as const;
  if (counts[0] + counts[1] + counts[2] > MAX_RECORDS) return `more than ${MAX_RECORDS} records`;

  const readNameAt = nameReader(octets);
  const sections: [ResourceRecord[], ResourceRecord[], ResourceRecord[]] = [[], [], []];
  let extendedRcode: number | undefined;
  let at = start;
  for (const section of [0, 1, 2] as const) {
    for (let i = 0; i < counts[section]; i++) {
      const read = readRecord(octets, at, readNameAt);
      if (read === undefined) return 'malformed record';
      if (read.record.type === TYPE.OPT) {
        const opt = section === 2 && extendedRcode === undefined ? readOpt(octets, at) : undefined;
        if (opt === undefined) return 'an OPT that is malformed, misplaced or one too many';
        extendedRcode = opt.edns.extendedRcode;
      } else {
        sections[section].push(read.record);
      }
      at = read.next;
    }
  }
  if (at !== octets.length) return 'octets behind the last record';
  return { answers: sections[0], authority: sections[1], extendedRcode };
}

function readRecord(
  octets: Buffer,
  start: number,
  readNameAt: NameReader,
): { readonly record: ResourceRecord; readonly next: number } | undefined {
  const owner = readNameAt(start);
  if (owner === undefined || owner.next + 10 > octets.length) return undefined;
  const at = owner.next;
  const end = at + 10 + octets.readUInt16BE(at + 8);
  if (end > octets.length) return undefined;

  const type = octets.readUInt16BE(at);
  const recordClass = octets.readUInt16BE(at + 2);
  const rdata = readRdata(octets, at + 10, end, rdataLayout(type, recordClass), readNameAt);
  if (rdata === undefined) return undefined;
  const ttl = octets.readUInt32BE(at + 4);
  const record = {
    owner: toDomainName(owner.wire),
    type,
    class: recordClass,
    // The top bit set means zero (RFC 2181 section 8).
    ttl: ttl > MAX_TTL ? 0 : ttl,
    rdata,
  };
  return { record, next: end };
}

export const MAX_TTL = 0x7fff_ffff;
/** A full message of compressed A records (16 octets each) stays below it; more is made to cost us time. */
const MAX_RECORDS = 4096;
const BARE_FAILURES: ReadonlySet<number> = new Set([
  RCODE.FORMERR,
  RCODE.SERVFAIL,
  RCODE.NOTIMP,
  RCODE.REFUSED,
]);
