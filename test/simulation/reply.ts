/** What a client reads out of a reply, by a reader that is not the one that wrote it. */
import { parseIpAddress } from '../../src/base/ip-address.ts';
import { remembering } from '../../src/base/remembering.ts';
import type { ToldAddress } from './oracle/parts.ts';

const HEADER_OCTETS = 12;
const QUESTIONS_AT = 4;
const ANSWERS_AT = 6;
/** Of a question, behind its name. */
const TYPE_AND_CLASS = 4;
/** Of a record, behind its name: type, class, ttl, length. */
const RECORD_HEAD = 10;
const POINTER = 0xc0;

/** The addresses of this type (1 or 28) among the answers, in their order. */
export function toldAddresses(octets: Buffer, type: number): readonly ToldAddress[] {
  let at = HEADER_OCTETS;
  for (let left = octets.readUInt16BE(QUESTIONS_AT); left > 0; left--)
    at = endOfName(octets, at) + TYPE_AND_CLASS;
  const told: ToldAddress[] = [];
  for (let left = octets.readUInt16BE(ANSWERS_AT); left > 0; left--) {
    at = endOfName(octets, at);
    const length = octets.readUInt16BE(at + 8);
    const isAsked = octets.readUInt16BE(at) === type;
    if (isAsked && length !== (type === 1 ? 4 : 16)) throw new Error(`an address of ${length} octets`);
    const rdata = at + RECORD_HEAD;
    if (isAsked)
      told.push({ address: addressText(octets, rdata, length), ttlS: octets.readUInt32BE(at + 4) });
    at = rdata + length;
  }
  return told;
}

function endOfName(octets: Buffer, from: number): number {
  for (let at = from; ; ) {
    const length = octets.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= POINTER) return at + 2;
    at += 1 + length;
  }
}

function addressText(octets: Buffer, at: number, length: number): string {
  return textOf(octets.toString('latin1', at, at + length));
}

/** As the simulated world writes its addresses; from one character for each octet. */
const textOf = remembering((octets: string): string => {
  const numbers = Buffer.from(octets, 'latin1');
  if (numbers.length === 4) return numbers.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => numbers.readUInt16BE(2 * i).toString(16));
  return parseIpAddress(groups.join(':'));
}, 10_000);
