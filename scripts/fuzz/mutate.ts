/** Makes other packets of a packet: some changes know nothing of DNS, some know where the fields are. */
import type { Random } from './random.ts';

/** What a packet may grow to: more than any UDP message, and small enough to make many. */
const MAX_OCTETS = 4096;

/** One to four changes. */
export function mutate(packet: Buffer, corpus: readonly Buffer[], random: Random): Buffer {
  let octets: Buffer = Buffer.from(packet);
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    octets = random.pick(CHANGES)(octets, random, corpus);
  }
  return octets.subarray(0, MAX_OCTETS);
}

type Change = (octets: Buffer, random: Random, corpus: readonly Buffer[]) => Buffer;

/** Limits of lengths, label types and pointers. */
const OCTETS = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];
/** Types, classes, lengths and pointers that mean something. */
const WORDS = [
  0, 1, 5, 6, 12, 28, 33, 39, 41, 46, 64, 65, 250, 251, 252, 255, 256, 0x8000, 0xc00c, 0xc0ff, 0xffff,
];

const CHANGES: readonly Change[] = [
  (octets, random) => written(octets, random.below(octets.length || 1), [random.pick(OCTETS)]),
  (octets, random) => written(octets, random.below(octets.length || 1), [random.below(256)]),
  (octets, random) => written(octets, random.below(octets.length || 1), word(random.pick(WORDS))),
  // A count of a section.
  (octets, random) =>
    written(octets, 4 + 2 * random.below(4), word(random.pick([0, 1, 2, 3, 255, 4097, 0xffff]))),
  // The flags.
  (octets, random) => written(octets, 2, word(random.below(0x10000))),
  // A pointer to anywhere.
  (octets, random) =>
    written(octets, random.below(octets.length || 1), word(0xc000 | random.below(octets.length + 2))),
  (octets, random) => octets.subarray(0, random.below(octets.length + 1)),
  (octets, random) =>
    spliced(octets, random.below(octets.length + 1), 0, noise(random, 1 + random.below(20))),
  (octets, random) => spliced(octets, random.below(octets.length + 1), 1 + random.below(20), Buffer.of()),
  // A piece once more.
  (octets, random) => {
    const start = random.below(octets.length + 1);
    return spliced(octets, start, 0, octets.subarray(start, start + random.below(60)));
  },
  // The end of another packet.
  (octets, random, corpus) => {
    const other = random.pick(corpus);
    const at = random.below(Math.min(octets.length, other.length) + 1);
    return Buffer.concat([octets.subarray(0, at), other.subarray(at)]);
  },
  changeRecord,
  changeRecord,
  changeRecord,
];

/** A field of a record: its type, class, TTL or RDLENGTH; or the record once more, or none of it. */
function changeRecord(octets: Buffer, random: Random): Buffer {
  const records = recordsOf(octets);
  if (records.length === 0) return octets;
  const { start, fixed, end } = random.pick(records);
  switch (random.below(6)) {
    case 0:
      return written(octets, fixed, word(random.pick(WORDS)));
    case 1:
      return written(octets, fixed + 2, word(random.pick([0, 1, 3, 254, 255, 512, 4096])));
    case 2:
      return written(octets, fixed + 4, [random.pick(OCTETS), 0, 0, random.below(256)]);
    case 3:
      return written(octets, fixed + 8, word(random.pick([0, 1, 3, 5, 16, end - fixed - 9, 0xffff])));
    case 4: {
      const section = random.pick([6, 8, 10]);
      const count = octets.length < 12 ? 0 : octets.readUInt16BE(section);
      return written(
        spliced(octets, end, 0, octets.subarray(start, end)),
        section,
        word((count + 1) & 0xffff),
      );
    }
    default:
      return spliced(octets, start, end - start, Buffer.of());
  }
}

interface Place {
  readonly start: number;
  /** Behind the owner. */
  readonly fixed: number;
  readonly end: number;
}

/** Where the records are, as far as the packet can be followed. */
function recordsOf(octets: Buffer): readonly Place[] {
  const places: Place[] = [];
  let at = octets.length < 12 ? octets.length : endOfName(octets, 12) + 4;
  while (at < octets.length && places.length < 50) {
    const fixed = endOfName(octets, at);
    if (fixed + 10 > octets.length) break;
    const end = Math.min(octets.length, fixed + 10 + octets.readUInt16BE(fixed + 8));
    places.push({ start: at, fixed, end });
    at = end;
  }
  return places;
}

function endOfName(octets: Buffer, start: number): number {
  let at = start;
  for (let length = octets[at] ?? 0; length > 0; length = octets[at] ?? 0) {
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return at + 1;
}

function written(octets: Buffer, at: number, values: readonly number[]): Buffer {
  for (const [i, value] of values.entries()) if (at + i < octets.length) octets[at + i] = value;
  return octets;
}

function spliced(octets: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([octets.subarray(0, at), inserted, octets.subarray(at + removed)]);
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

function word(value: number): readonly number[] {
  return [(value >> 8) & 255, value & 255];
}
