/** A written reply given to another asker: one copy, and the few octets that differ. */
import { FLAG, HEADER_OCTETS, TYPE } from './constants.ts';
import { POINTER } from './name.ts';
import type { Query } from './query.ts';

/** A reply as writeReply made it, and where its TTLs are. */
export interface PatchableReply {
  readonly octets: Buffer;
  readonly ttlOffsets: readonly number[];
  /** The least of its TTLs in seconds; undefined when it has no records. */
  readonly minimumTtl: number | undefined;
}

/** Only for octets of our own writing: their structure is not checked again. */
export function patchableReply(octets: Buffer): PatchableReply {
  const records = octets.readUInt16BE(6) + octets.readUInt16BE(8) + octets.readUInt16BE(10);
  const ttlOffsets: number[] = [];
  let minimumTtl: number | undefined;
  let at = endOfName(octets, HEADER_OCTETS) + 4;
  for (let i = 0; i < records; i++) {
    const fixed = endOfName(octets, at);
    // What looks like a TTL in an OPT are flags.
    if (octets.readUInt16BE(fixed) !== TYPE.OPT) {
      ttlOffsets.push(fixed + 4);
      const ttl = octets.readUInt32BE(fixed + 4);
      minimumTtl = minimumTtl === undefined ? ttl : Math.min(minimumTtl, ttl);
    }
    at = fixed + 10 + octets.readUInt16BE(fixed + 8);
  }
  return { octets, ttlOffsets, minimumTtl };
}

/** What of the asker shows in the answer; a Query is one. */
export type Asker = Pick<
  Query,
  'id' | 'qnameOctets' | 'recursionDesired' | 'checkingDisabled' | 'authenticData' | 'edns'
>;

/**
 * The reply for an equal question: same name, type, class and DO, and an OPT exactly when this asker sent one.
 * AD is only ever taken away (RFC 6840 section 5.8), so a reply kept for all askers is written for one that wants it.
 */
export function patchReply(reply: PatchableReply, asker: Asker, ageSeconds: number): Buffer {
  const octets = Buffer.allocUnsafe(reply.octets.length);
  reply.octets.copy(octets);
  octets.writeUInt16BE(asker.id, 0);

  const wantsAd = asker.authenticData || asker.edns?.dnssecOk === true;
  const kept = octets.readUInt16BE(2) & ~(FLAG.RD | FLAG.CD | (wantsAd ? 0 : FLAG.AD));
  const rd = asker.recursionDesired ? FLAG.RD : 0;
  const cd = asker.checkingDisabled ? FLAG.CD : 0;
  octets.writeUInt16BE(kept | rd | cd, 2);

  asker.qnameOctets.copy(octets, HEADER_OCTETS);
  const age = Math.max(0, Math.floor(ageSeconds));
  for (const at of reply.ttlOffsets) {
    octets.writeUInt32BE(Math.max(0, octets.readUInt32BE(at) - age), at);
  }
  return octets;
}

function endOfName(octets: Buffer, offset: number): number {
  let at = offset;
  for (let length = octets.readUInt8(at); length !== 0; length = octets.readUInt8(at)) {
    if (length >= POINTER) return at + 2;
    at += 1 + length;
  }
  return at + 1;
}
