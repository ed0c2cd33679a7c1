/** Writes one message with name compression (RFC 1035 section 4.1.4), and stops at a limit. */
import { HEADER_OCTETS } from './constants.ts';
import { endOfPlainName, POINTER, toDomainName } from './name.ts';
import { fieldOctets, type RdataLayout, rdataLayout } from './rdata.ts';
import type { ResourceRecord } from './response.ts';

export interface MessageWriter {
  header(header: {
    readonly id: number;
    readonly flags: number;
    /** Answer, authority and additional records; there is always one question. */
    readonly counts: readonly [number, number, number];
  }): void;
  question(qnameOctets: Buffer, type: number, recordClass: number): void;
  record(record: ResourceRecord): void;
  octets(octets: Buffer): void;
  /** The message; undefined when it grew above the limit. */
  finish(): Buffer | undefined;
}

export function createMessageWriter(limit: number): MessageWriter {
  let buffer = Buffer.allocUnsafe(Math.min(limit, START_OCTETS));
  let at = 0;
  let isFull = false;
  /** Where each name written so far, and each of its parents, begins. */
  const written = new Map<string, number>();

  /** True when there is room for that many octets more. */
  const reserve = (octets: number): boolean => {
    if (isFull || at + octets > limit) {
      isFull = true;
    } else if (at + octets > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(limit, Math.max(2 * buffer.length, at + octets)));
      buffer.copy(larger, 0, 0, at);
      buffer = larger;
    }
    return !isFull;
  };
  const u16 = (value: number): void => {
    if (reserve(2)) at = buffer.writeUInt16BE(value, at);
  };
  const u32 = (value: number): void => {
    if (reserve(4)) at = buffer.writeUInt32BE(value, at);
  };
  const octets = (source: Buffer, from = 0, to = source.length): void => {
    if (reserve(to - from)) at += source.copy(buffer, at, from, to);
  };

  /** Writes the labels up to the longest ending already written, and a pointer to that. */
  const name = (wire: string): void => {
    const key = toDomainName(wire);
    let label = 0;
    for (; label < key.length - 1; label += 1 + key.charCodeAt(label)) {
      const suffix = key.slice(label);
      const target = written.get(suffix);
      if (target !== undefined) {
        plain(wire.slice(0, label));
        u16((POINTER << 8) | target);
        return;
      }
      if (at + label < POINTER_REACH) written.set(suffix, at + label);
    }
    plain(wire);
  };
  const plain = (wire: string): void => {
    if (reserve(wire.length)) at += buffer.write(wire, at, 'latin1');
  };

  const compressedRdata = (rdata: Buffer, layout: RdataLayout): void => {
    let from = 0;
    for (const field of layout.fields) {
      if (field === 'name') {
        const to = endOfPlainName(rdata, from);
        if (to === undefined) break;
        name(rdata.toString('latin1', from, to));
        from = to;
      } else {
        const to = from + fieldOctets(field, rdata, from, rdata.length);
        octets(rdata, from, to);
        from = to;
      }
    }
    octets(rdata, from);
  };

  return {
    header({ id, flags, counts }) {
      for (const value of [id, flags, 1, ...counts]) u16(value);
    },
    question(qnameOctets, type, recordClass) {
      name(qnameOctets.toString('latin1'));
      u16(type);
      u16(recordClass);
    },
    record({ owner, type, class: recordClass, ttl, rdata }) {
      // Decompressed data can be longer than any RDLENGTH.
      if (!reserve(rdata.length)) return;
      name(owner);
      u16(type);
      u16(recordClass);
      u32(ttl);
      const lengthAt = at;
      u16(rdata.length);
      const layout = rdataLayout(type, recordClass);
      if (layout?.compressible === true) compressedRdata(rdata, layout);
      else octets(rdata);
      if (!isFull) buffer.writeUInt16BE(at - lengthAt - 2, lengthAt);
    },
    octets: (source) => octets(source),
    finish: () => (isFull || at < HEADER_OCTETS ? undefined : buffer.subarray(0, at)),
  };
}

/** Holds nearly every message; a larger one grows by doubling. */
const START_OCTETS = 512;
/** A pointer has 14 bits. */
const POINTER_REACH = 0x4000;
