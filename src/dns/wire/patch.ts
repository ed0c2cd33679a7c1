/** A written reply given again to the same question: one copy, and the few octets that differ. */
import { HEADER_OCTETS, TYPE } from './constants.ts';
import { POINTER } from './name.ts';

/** A reply as writeReply made it, and where its TTLs are. */
export interface PatchableReply {
  readonly octets: Buffer;
  readonly ttlOffsets: readonly number[];
}

/** Only for octets of our own writing: their structure is not checked again. */
export function patchableReply(octets: Buffer): PatchableReply {
  const records = octets.readUInt16BE(6) + octets.readUInt16BE(8) + octets.readUInt16BE(10);
  const ttlOffsets: number[] = [];
  let at = endOfName(octets, HEADER_OCTETS) + 4;
  for (let i = 0; i < records; i++) {
    const fixed = endOfName(octets, at);
    // What looks like a TTL in an OPT are flags.
    if (octets.readUInt16BE(fixed) !== TYPE.OPT) ttlOffsets.push(fixed + 4);
    at = fixed + 10 + octets.readUInt16BE(fixed + 8);
  }
  return { octets, ttlOffsets };
}

/**
 * The reply for the same question asked once more, `ageS` whole seconds later.
 * The question's octets were the same but for the id, so nothing else differs but the TTLs.
 */
export function patchReply({ octets, ttlOffsets }: PatchableReply, question: Buffer, ageS: number): Buffer {
  const copy = Buffer.allocUnsafe(octets.length);
  copy.set(octets);
  copy[0] = question[0] ?? 0;
  copy[1] = question[1] ?? 0;
  if (ageS === 0) return copy;
  for (const at of ttlOffsets) copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(at) - ageS), at);
  return copy;
}

function endOfName(octets: Buffer, offset: number): number {
  let at = offset;
  for (let length = octets.readUInt8(at); length !== 0; length = octets.readUInt8(at)) {
    if (length >= POINTER) return at + 2;
    at += 1 + length;
  }
  return at + 1;
}
