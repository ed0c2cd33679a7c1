/** Names on the wire (RFC 1035 sections 3.1 and 4.1.4), read without trusting a single octet. */
import { type DomainName, MAX_LABEL_OCTETS, MAX_NAME_OCTETS } from '../../base/domain-name.ts';
import { HEADER_OCTETS } from './constants.ts';

/** Reads one name and follows its pointers; undefined when it is malformed in any way. */
export function readName(
  octets: Buffer,
  offset: number,
): { readonly name: DomainName; readonly next: number } | undefined {
  const read = nameReader(octets)(offset);
  return read === undefined ? undefined : { name: toDomainName(read.wire), next: read.next };
}

/** A name in a message: its wire form with pointers followed and the case kept, and where the reading went on. */
export interface WireName {
  /** One character per octet. */
  readonly wire: string;
  readonly next: number;
  /** Pointers followed to get here. */
  readonly hops: number;
}

export type NameReader = (offset: number) => WireName | undefined;

/**
 * Reads the names of one message. Each name is walked once, however many pointers lead to it,
 * so that a message of pointers to pointers costs no more than any other.
 */
export function nameReader(octets: Buffer): NameReader {
  const seen = new Map<number, WireName>();

  const read = (start: number, depth: number): WireName | undefined => {
    const known = seen.get(start);
    if (known !== undefined) return depth + known.hops > MAX_POINTER_HOPS ? undefined : known;
    const found = walk(start, depth);
    if (found !== undefined) seen.set(start, found);
    return found;
  };

  const walk = (start: number, depth: number): WireName | undefined => {
    for (let at = start; at - start < MAX_NAME_OCTETS; ) {
      const length = octets[at];
      if (length === undefined) return undefined;
      if (length === 0) return { wire: octets.toString('latin1', start, at + 1), next: at + 1, hops: 0 };
      if (length >= POINTER) {
        const target = ((length & ~POINTER) << 8) | (octets[at + 1] ?? 0);
        // Only to what was before this name: that is what a prior occurrence means, and nothing can loop.
        if (at + 1 >= octets.length || target >= start || target < HEADER_OCTETS) return undefined;
        const rest = depth < MAX_POINTER_HOPS ? read(target, depth + 1) : undefined;
        if (rest === undefined || at - start + rest.wire.length > MAX_NAME_OCTETS) return undefined;
        return { wire: octets.toString('latin1', start, at) + rest.wire, next: at + 2, hops: rest.hops + 1 };
      }
      if (length > MAX_LABEL_OCTETS) return undefined; // 01 and 10 are reserved label types
      at += 1 + length;
    }
    return undefined;
  };

  return (offset) => read(offset, 0);
}

/** Where an uncompressed name ends; undefined when it is malformed or holds a pointer. */
export function endOfPlainName(octets: Buffer, offset: number): number | undefined {
  for (let at = offset; at - offset < MAX_NAME_OCTETS; ) {
    const length = octets[at];
    if (length === undefined || length > MAX_LABEL_OCTETS) return undefined;
    if (length === 0) return at + 1;
    at += 1 + length;
  }
  return undefined;
}

/** Lower-cases A to Z only (RFC 4343 section 3); length octets are below 'A' and stay as they are. */
export function toDomainName(wire: string): DomainName {
  if (!UPPER_CASE.test(wire)) return wire as DomainName;
  // Names come back from upstreams in mixed case (0x20), so this is a way every answer takes; only ASCII may go the fast one.
  const lowered = BEYOND_ASCII.test(wire)
    ? wire.replace(UPPER_CASE_RUNS, (run) => run.toLowerCase())
    : wire.toLowerCase();
  return lowered as DomainName;
}

export function nameOctets(name: DomainName): Buffer {
  return Buffer.from(name, 'latin1');
}

/** The two high bits of a length octet that make it a pointer. */
export const POINTER = 0xc0;
/** A name has at most 127 labels, so no honest name needs more pointers. */
const MAX_POINTER_HOPS = 127;
const UPPER_CASE = /[A-Z]/;
const BEYOND_ASCII = /[\x80-\xff]/;
const UPPER_CASE_RUNS = /[A-Z]+/g;
