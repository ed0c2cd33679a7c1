/** The OPT record (RFC 6891): read leniently, written by ourselves, never passed through. */
import { EDNS_UDP_OCTETS, PLAIN_UDP_OCTETS, TYPE } from './constants.ts';

export interface Edns {
  /** Octets the sender reads over UDP; less than 512 counts as 512 (RFC 6891 section 6.2.3). */
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  /** The upper eight bits of the rcode. */
  readonly extendedRcode: number;
}

/** Octets of an OPT without options. */
export const OPT_OCTETS = 11;

/** Undefined when what stands at the offset is not one root-owned OPT whose options end where it ends. */
export function readOpt(
  octets: Buffer,
  at: number,
): { readonly edns: Edns; readonly next: number } | undefined {
  const data = at + OPT_OCTETS;
  if (data > octets.length || octets[at] !== 0 || octets.readUInt16BE(at + 1) !== TYPE.OPT) return undefined;
  const end = data + octets.readUInt16BE(at + 9);
  if (end > octets.length || !optionsEndAt(octets, data, end)) return undefined;
  const edns = {
    udpSize: Math.max(octets.readUInt16BE(at + 3), PLAIN_UDP_OCTETS),
    extendedRcode: octets.readUInt8(at + 5),
    version: octets.readUInt8(at + 6),
    dnssecOk: (octets.readUInt8(at + 7) & DNSSEC_OK) !== 0,
  };
  return { edns, next: end };
}

/** Our own OPT: version 0, 1232 octets, all flags but DO clear. */
export function optRecord(
  rcode: number,
  dnssecOk: boolean,
  ede?: { readonly code: number; readonly text: string },
): Buffer {
  const text = ede && Buffer.from(ede.text.slice(0, MAX_EDE_TEXT), 'utf8');
  const optionOctets = text === undefined ? 0 : 6 + text.length;
  const opt = Buffer.alloc(OPT_OCTETS + optionOctets);
  opt.writeUInt16BE(TYPE.OPT, 1);
  opt.writeUInt16BE(EDNS_UDP_OCTETS, 3);
  opt.writeUInt8(rcode >> 4, 5);
  opt.writeUInt8(dnssecOk ? DNSSEC_OK : 0, 7);
  opt.writeUInt16BE(optionOctets, 9);
  if (ede !== undefined && text !== undefined) {
    opt.writeUInt16BE(OPTION_EDE, 11);
    opt.writeUInt16BE(2 + text.length, 13);
    opt.writeUInt16BE(ede.code, 15);
    text.copy(opt, 17);
  }
  return opt;
}

/** What an option holds is its own business; that its length is true is ours. */
function optionsEndAt(octets: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) at += 4 + octets.readUInt16BE(at + 2);
  return at === end;
}

/** In the upper octet of the OPT's flags. */
const DNSSEC_OK = 0x80;
/** Characters: a hint for a person, in a packet that has little room. */
const MAX_EDE_TEXT = 256;
/** RFC 8914 section 2. */
const OPTION_EDE = 15;
