/** Packets built octet by octet, so that they can be wrong in any way. */
import fc from 'fast-check';
import { parseDomainName } from '../../../src/base/domain-name.ts';
import { CLASS, FLAG, TYPE } from '../../../src/dns/wire/constants.ts';
import { parseQuery, type Query } from '../../../src/dns/wire/query.ts';

export const name = parseDomainName;

export function u16(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) octets.writeUInt16BE(value, 2 * i);
  return octets;
}

/** A name of these labels, case and octets kept, the root at the end. */
export function labels(...texts: readonly string[]): Buffer {
  return Buffer.concat([
    ...texts.flatMap((text) => [Buffer.of(text.length), Buffer.from(text, 'latin1')]),
    Buffer.of(0),
  ]);
}

export function pointer(target: number): Buffer {
  return u16(0xc000 | target);
}

export function question(qname: Buffer, type: number = TYPE.A, recordClass: number = CLASS.IN): Buffer {
  return Buffer.concat([qname, u16(type, recordClass)]);
}

export function record(
  owner: Buffer,
  type: number,
  rdata: Buffer,
  wrong: { readonly ttl?: number; readonly class?: number; readonly rdLength?: number } = {},
): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(wrong.ttl ?? 300);
  return Buffer.concat([
    owner,
    u16(type, wrong.class ?? CLASS.IN),
    ttl,
    u16(wrong.rdLength ?? rdata.length),
    rdata,
  ]);
}

export function opt(
  wrong: {
    readonly owner?: Buffer;
    readonly size?: number;
    readonly version?: number;
    readonly extendedRcode?: number;
    readonly dnssecOk?: boolean;
    readonly options?: Buffer;
    readonly rdLength?: number;
  } = {},
): Buffer {
  const options = wrong.options ?? Buffer.alloc(0);
  return Buffer.concat([
    wrong.owner ?? Buffer.of(0),
    u16(TYPE.OPT, wrong.size ?? 1232),
    Buffer.of(wrong.extendedRcode ?? 0, wrong.version ?? 0, wrong.dnssecOk ? 0x80 : 0, 0),
    u16(wrong.rdLength ?? options.length),
    options,
  ]);
}

export interface Parts {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly Buffer[];
  readonly answers?: readonly Buffer[];
  readonly authority?: readonly Buffer[];
  readonly additional?: readonly Buffer[];
  readonly trailing?: Buffer;
  /** The four counts, when they shall lie. */
  readonly counts?: readonly [number, number, number, number];
}

export function packet(parts: Parts): Buffer {
  const { questions = [], answers = [], authority = [], additional = [] } = parts;
  const counts = parts.counts ?? [questions.length, answers.length, authority.length, additional.length];
  return Buffer.concat([
    u16(parts.id ?? 0x1234, parts.flags ?? FLAG.RD, ...counts),
    ...questions,
    ...answers,
    ...authority,
    ...additional,
    parts.trailing ?? Buffer.alloc(0),
  ]);
}

/** The query as parseQuery gives it; fails the test when it is none. */
export function queryFrom(octets: Buffer): Query {
  const parsed = parseQuery(octets);
  if (parsed.kind !== 'query') throw new Error(`not a query: ${parsed.why}`);
  return parsed.query;
}

/** A question as a stub resolver asks it. */
export function ask(
  qname: string,
  type: number = TYPE.A,
  options: {
    readonly edns?: Buffer;
    readonly flags?: number;
    readonly id?: number;
    readonly qnameOctets?: Buffer;
  } = {},
): Query {
  const octets = options.qnameOctets ?? Buffer.from(name(qname), 'latin1');
  return queryFrom(
    packet({
      ...(options.id === undefined ? {} : { id: options.id }),
      ...(options.flags === undefined ? {} : { flags: options.flags }),
      questions: [question(octets, type)],
      additional: options.edns === undefined ? [] : [options.edns],
    }),
  );
}

/** Random octets, or a valid packet with some octets changed and its end cut off. */
export function mutated(valid: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
    fc
      .tuple(fc.array(change, { maxLength: 6 }), fc.integer({ min: 0, max: valid.length }))
      .map(([changes, length]) => {
        const octets = Buffer.from(valid);
        for (const [at, value] of changes) octets[at] = value;
        return octets.subarray(0, length);
      }),
  );
}
