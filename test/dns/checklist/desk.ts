/** Where the checklist asks: packets in, packets out, read by a reader that shares nothing with the product. */
import { expect } from 'vitest';
import { FLAG, TYPE, typeNumber } from '../../../src/dns/wire/constants.ts';
import { parseResponse, type Response } from '../../../src/dns/wire/response.ts';
import { settle } from '../../support/settle.ts';
import { CLIENT, type RoomOptions, room } from '../room.ts';
import { labels, type Parts, packet, question, u16 } from '../wire/packets.ts';

/** One line of the checklist. */
export interface Requirement {
  readonly rfc: string;
  readonly section: string;
  readonly says: string;
  readonly check: () => Promise<unknown> | unknown;
}

/** A query as its sender writes it; `name` as text without escapes. */
export function query(name = 'www.example.org', type = 'A', parts: Parts & { class?: number } = {}): Buffer {
  const qname = name === '.' ? Buffer.of(0) : labels(...name.split('.'));
  return packet({ questions: [question(qname, typeNumber(type), parts.class ?? 1)], ...parts });
}

/** Everything is allowed and nothing gated, unless the options say otherwise. */
export function desk(options: RoomOptions = {}) {
  const made = room({ ...options, group: { mode: 'learn', ...options.group } });
  const send = async (octets: Buffer, protocol: 'udp' | 'tcp' = 'udp', client = CLIENT) => {
    let answer: Buffer | undefined;
    const from = { address: client as never, protocol };
    made.pipeline.handle(octets, from, (reply) => {
      answer = reply;
    });
    await settle();
    return answer;
  };
  return {
    ...made,
    send,
    /** The answer, taken apart; fails the test when there is none. */
    async answer(octets: Buffer, protocol: 'udp' | 'tcp' = 'udp', client = CLIENT): Promise<Seen> {
      const reply = await send(octets, protocol, client);
      if (reply === undefined) throw new Error('no answer');
      return look(reply);
    },
    /** What the upstream will send for a question, octet by octet. */
    tell(name: string, type: string, parts: Parts): void {
      made.upstream.responds(`${name} ${type}`, read(name, type, parts));
    },
  };
}

/** An upstream's message as the product reads it. */
export function read(name: string, type: string, parts: Parts): Response {
  const qnameOctets = labels(...name.split('.'));
  const questions = [question(qnameOctets, typeNumber(type))];
  const octets = packet({ flags: FLAG.QR | FLAG.RD | FLAG.RA, questions, ...parts });
  const parsed = parseResponse(octets, { id: 0x1234, qnameOctets, type: typeNumber(type), class: 1 });
  if (parsed.kind !== 'response') throw new Error(parsed.why);
  return parsed.response;
}

export interface SeenRecord {
  /** Labels joined by dots, the case kept. */
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdata: Buffer;
  /** Where its owner begins. */
  readonly at: number;
}

export interface Seen {
  readonly octets: Buffer;
  readonly id: number;
  readonly flags: number;
  readonly opcode: number;
  /** With the upper bits of the OPT. */
  readonly rcode: number;
  readonly counts: readonly number[];
  /** The question section, octet for octet. */
  readonly question: Buffer;
  readonly answers: readonly SeenRecord[];
  readonly authority: readonly SeenRecord[];
  readonly opts: readonly SeenRecord[];
  readonly opt: { size: number; version: number; flags: number; options: ReadonlyMap<number, Buffer> };
  readonly ede: number | undefined;
}

export function look(octets: Buffer): Seen {
  const counts = [4, 6, 8, 10].map((at) => octets.readUInt16BE(at));
  const [questions = 0, answers = 0, authority = 0, additional = 0] = counts;
  let at = 12;
  for (let i = 0; i < questions; i++) at = nameAt(octets, at).next + 4;
  const asked = octets.subarray(12, at);
  const records: SeenRecord[] = [];
  for (let i = 0; i < answers + authority + additional; i++) {
    const start = at;
    const { text, next } = nameAt(octets, at);
    const end = next + 10 + octets.readUInt16BE(next + 8);
    records.push({
      owner: text,
      type: octets.readUInt16BE(next),
      class: octets.readUInt16BE(next + 2),
      ttl: octets.readUInt32BE(next + 4),
      rdata: octets.subarray(next + 10, end),
      at: start,
    });
    at = end;
  }
  expect(at, 'the answer ends where its records end').toBe(octets.length);
  const opts = records.slice(answers + authority).filter((record) => record.type === TYPE.OPT);
  const opt = readOpt(opts[0]);
  const flags = octets.readUInt16BE(2);
  return {
    octets,
    id: octets.readUInt16BE(0),
    flags,
    opcode: (flags >> 11) & 15,
    rcode: (flags & 15) | (opt.extended << 4),
    counts,
    question: asked,
    answers: records.slice(0, answers),
    authority: records.slice(answers, answers + authority),
    opts,
    opt,
    ede: opt.options.get(15)?.readUInt16BE(0),
  };
}

function readOpt(record: SeenRecord | undefined) {
  const options = new Map<number, Buffer>();
  const { rdata = Buffer.of(), class: size = 0, ttl = 0 } = record ?? {};
  for (let at = 0; at + 4 <= rdata.length; at += 4 + rdata.readUInt16BE(at + 2))
    options.set(rdata.readUInt16BE(at), rdata.subarray(at + 4, at + 4 + rdata.readUInt16BE(at + 2)));
  return { size, extended: ttl >>> 24, version: (ttl >>> 16) & 255, flags: ttl & 0xffff, options };
}

function nameAt(octets: Buffer, start: number): { readonly text: string; readonly next: number } {
  const parts: string[] = [];
  let at = start;
  let next: number | undefined;
  for (let hops = 0; hops < 128; ) {
    const length = octets.readUInt8(at);
    if (length >= 0xc0) {
      next ??= at + 2;
      at = octets.readUInt16BE(at) & 0x3fff;
      hops++;
    } else if (length === 0) {
      return { text: parts.join('.'), next: next ?? at + 1 };
    } else {
      parts.push(octets.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  throw new Error('a name without an end');
}

/** An option of an OPT. */
export function option(code: number, data: Buffer = Buffer.of(), length = data.length): Buffer {
  return Buffer.concat([u16(code, length), data]);
}
