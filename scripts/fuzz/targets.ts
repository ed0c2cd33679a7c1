/** Everything that reads octets from the network, each with what has to hold for any packet. */
import assert from 'node:assert/strict';
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { HEADER_OCTETS, PLAIN_UDP_OCTETS, RCODE } from '../../src/dns/wire/constants.ts';
import { createFrameReader, frameMessage } from '../../src/dns/wire/frame.ts';
import { readName } from '../../src/dns/wire/name.ts';
import { readOpt } from '../../src/dns/wire/opt.ts';
import { patchableReply, patchReply } from '../../src/dns/wire/patch.ts';
import { parseQuery, replyLimit } from '../../src/dns/wire/query.ts';
import { type Expected, parseResponse, type Response } from '../../src/dns/wire/response.ts';
import { parseServiceBinding, writeServiceBinding } from '../../src/dns/wire/svcb.ts';
import { writeQuery, writeReply } from '../../src/dns/wire/write.ts';
import { openPipeline } from './pipeline.ts';

export interface Target {
  readonly name: string;
  /** Throws when something does not hold. */
  run(packet: Buffer): void | Promise<void>;
}

/** Packets after which the pipeline is replaced, so that its caches stay as small as they are in the first minute. */
const PIPELINE_PACKETS = 2000;

export function targets(): readonly Target[] {
  return [
    { name: 'query', run: readQuery },
    { name: 'response', run: (packet) => void asResponse(packet) },
    { name: 'reply', run: replyAndPatch },
    { name: 'names', run: readNames },
    { name: 'service binding', run: readBinding },
    { name: 'frames', run: readFrames },
    pipeline(),
  ];
}

function readQuery(packet: Buffer): void {
  const parsed = parseQuery(packet);
  if (parsed.kind === 'reply') checkReply(parsed.octets, packet, packet.length + PLAIN_UDP_OCTETS);
  if (parsed.kind !== 'query') return;
  const { qnameOctets, question } = parsed.query;
  assert.equal(question.name.length, qnameOctets.length);
  assert.ok(qnameOctets.equals(packet.subarray(HEADER_OCTETS, HEADER_OCTETS + qnameOctets.length)));
}

/** As the answer to its own question, so that more than the header is read. */
function asResponse(
  packet: Buffer,
): { readonly expected: Expected; readonly response: Response } | undefined {
  const expected = ownQuestion(packet);
  const octets = Buffer.from(packet);
  if (octets.length >= HEADER_OCTETS) octets.writeUInt16BE((octets.readUInt16BE(2) & 0x87ff) | 0x8000, 2);
  if (expected === undefined) {
    const qnameOctets = Buffer.of(0);
    parseResponse(octets, { id: 0, qnameOctets, type: 1, class: 1 });
    return undefined;
  }
  const parsed = parseResponse(octets, expected);
  if (parsed.kind !== 'response') return undefined;
  for (const { owner, ttl, rdata } of [...parsed.response.answers, ...parsed.response.authority]) {
    assert.ok(owner.length <= 255 && ttl <= 0x7fffffff);
    assert.ok(rdata.length <= octets.length + 3 * 255);
  }
  return { expected, response: parsed.response };
}

/** What was read is written for every kind of client: never above its limit, and readable again. */
function replyAndPatch(packet: Buffer): void {
  const read = asResponse(packet);
  if (read === undefined) return;
  const { expected, response } = read;
  const { qnameOctets, type } = expected;
  for (const edns of [undefined, { udpSize: 1232, version: 0, dnssecOk: true, extendedRcode: 0 }]) {
    for (const protocol of ['udp', 'tcp'] as const) {
      const question = { name: toLower(qnameOctets), type, class: expected.class };
      const flags = { recursionDesired: true, checkingDisabled: false, authenticData: false };
      const query = { id: expected.id, ...flags, question, qnameOctets, edns };
      const limit = replyLimit(query, protocol);
      const octets = writeReply({ query, rcode: RCODE.NOERROR, ...withoutCounts(response), limit });
      assert.ok(octets.length <= limit, `${octets.length} octets for a limit of ${limit}`);
      assert.equal(parseResponse(octets, expected).kind, 'response');
      const patched = patchReply(patchableReply(octets), Buffer.of(7, 7), 60);
      assert.equal(parseResponse(patched, { ...expected, id: 0x0707 }).kind, 'response');
    }
  }
}

function withoutCounts({ answers, authority }: Response) {
  return { answers, authority };
}

function readNames(packet: Buffer): void {
  for (let at = 0; at <= packet.length && at < 300; at++) {
    const read = readName(packet, at);
    assert.ok(read === undefined || (read.name.length <= 255 && read.next <= packet.length));
    readOpt(packet, at);
  }
}

function readBinding(packet: Buffer): void {
  for (const rdata of [packet, packet.subarray(HEADER_OCTETS)]) {
    const binding = parseServiceBinding(rdata);
    if (binding !== undefined) assert.ok(writeServiceBinding(binding).equals(rdata));
  }
}

/** Cut at its own octets, the stream gives the same messages as in one piece. */
function readFrames(packet: Buffer): void {
  const stream = Buffer.concat([frameMessage(packet), packet, frameMessage(packet)]);
  const whole = createFrameReader().push(stream);
  const reader = createFrameReader();
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const end = at + 1 + ((packet[i % Math.max(packet.length, 1)] ?? 0) % 64);
    pieces.push(...reader.push(stream.subarray(at, end)));
    at = end;
  }
  assert.deepEqual(pieces, whole);
}

/** The packet as a client's query, then the question in it; each twice. The upstream answers with the packet's own records. */
function pipeline(): Target {
  let fed = 0;
  let made = pipelineWith(() => undefined);
  return {
    name: 'pipeline',
    async run(packet) {
      if (fed++ % PIPELINE_PACKETS === 0) made = pipelineWith((name) => answerFrom(packet, name));
      made.answer.with = (name) => answerFrom(packet, name);
      const client = { address: CLIENT, protocol: fed % 2 === 0 ? 'udp' : 'tcp' } as const;
      const asked = questionAlone(packet, fed % 4 < 2);
      for (const octets of [packet, packet, asked, asked]) {
        const replies: Buffer[] = [];
        made.pipeline.handle(octets, client, (reply) => replies.push(reply));
        await made.pipeline.idle();
        assert.ok(replies.length <= 1, 'answered twice');
        for (const reply of replies) checkReply(reply, octets, client.protocol === 'udp' ? 1232 : 0xffff);
        const queries = parseQuery(octets).kind === 'query' ? 1 : 0;
        assert.equal(made.outcomes.length, queries, 'outcomes of a packet');
        assert.ok(!made.outcomes.some((outcome) => outcome.reason === 'internal'), 'a stage threw');
        made.outcomes.length = 0;
      }
    },
  };
}

/** What a client would send to be answered with this packet; the packet itself when nothing can be asked. */
function questionAlone(packet: Buffer, withOpt: boolean): Buffer {
  const asked = ownQuestion(packet);
  if (asked === undefined) return packet;
  const { id, qnameOctets, type, class: recordClass } = asked;
  return writeQuery({
    id,
    qnameOctets,
    type,
    class: recordClass,
    recursionDesired: true,
    checkingDisabled: false,
    dnssecOk: type % 2 === 0,
    edns: withOpt,
  });
}

const CLIENT = parseIpAddress('192.0.2.5');

type Answerer = (name: string) => Response | undefined;

function pipelineWith(first: Answerer) {
  const answer = { with: first };
  const made = openPipeline({
    resolve: async ({ name }) => ({
      response: answer.with(name) ?? (asResponse(EMPTY_ANSWER)?.response as Response),
      upstream: 'udp://192.0.2.53:53',
    }),
  });
  return { ...made, answer };
}

/** The records of the packet behind the name that is asked. */
function answerFrom(packet: Buffer, name: string): Response | undefined {
  const behind = ownQuestion(packet);
  if (behind === undefined) return undefined;
  const tail = packet.subarray(HEADER_OCTETS + behind.qnameOctets.length);
  return asResponse(Buffer.concat([packet.subarray(0, HEADER_OCTETS), Buffer.from(name, 'latin1'), tail]))
    ?.response;
}

/** A response to the packet, with a question that is the packet's or none, and nothing behind its records. */
function checkReply(octets: Buffer, packet: Buffer, limit: number): void {
  assert.ok(octets.length >= HEADER_OCTETS && octets.length <= limit, `${octets.length} octets`);
  assert.equal(octets.readUInt16BE(0), packet.readUInt16BE(0));
  assert.equal(octets.readUInt16BE(2) & 0x8040, 0x8000, 'QR set, Z clear');
  const asked = ownQuestion(octets);
  if (octets.readUInt16BE(4) === 0) {
    assert.equal(octets.readUInt32BE(6), 0);
    return;
  }
  if (asked === undefined) throw new Error('the question of the reply cannot be read');
  const noOpcode = Buffer.from(octets);
  noOpcode.writeUInt16BE(octets.readUInt16BE(2) & 0x87ff, 2);
  assert.equal(parseResponse(noOpcode, asked).kind, 'response');
}

/** The one question of a packet, read without the code under test; undefined when there is none of plain labels. */
function ownQuestion(packet: Buffer): Expected | undefined {
  let at = HEADER_OCTETS;
  for (let length = packet[at]; length !== 0; length = packet[at]) {
    if (length === undefined || length > 63 || at > HEADER_OCTETS + 254) return undefined;
    at += 1 + length;
  }
  const end = at + 1;
  if (end + 4 > packet.length || end - HEADER_OCTETS > 255) return undefined;
  return {
    id: packet.readUInt16BE(0),
    qnameOctets: packet.subarray(HEADER_OCTETS, end),
    type: packet.readUInt16BE(end),
    class: packet.readUInt16BE(end + 2),
  };
}

function toLower(qname: Buffer) {
  const read = readName(Buffer.concat([Buffer.alloc(HEADER_OCTETS), qname]), HEADER_OCTETS);
  if (read === undefined) throw new Error('a name of plain labels cannot be read');
  return read.name;
}

const EMPTY_ANSWER = Buffer.from('000081800001000000000000000001 0001'.replaceAll(' ', ''), 'hex');
