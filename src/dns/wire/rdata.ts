/** Where the names are in a record's data; every other octet of it passes unchanged (RFC 3597). */
import { CLASS, TYPE } from './constants.ts';
import type { NameReader } from './name.ts';

/** A number is that many octets; a string has one length octet in front; rest runs to the end. */
type Field = number | 'name' | 'string' | 'rest';

export interface RdataLayout {
  readonly fields: readonly Field[];
  /** Only the types of RFC 1035 may have their names compressed (RFC 3597 section 4). */
  readonly compressible: boolean;
}

/** Undefined for data that is opaque to us. */
export function rdataLayout(type: number, recordClass: number): RdataLayout | undefined {
  return LAYOUTS.get(type) ?? (recordClass === CLASS.IN ? INTERNET_LAYOUTS.get(type) : undefined);
}

/** The data with its names decompressed; undefined when its fields do not end exactly where RDLENGTH says. */
export function readRdata(
  octets: Buffer,
  start: number,
  end: number,
  layout: RdataLayout | undefined,
  readNameAt: NameReader,
): Buffer | undefined {
  if (layout === undefined) return octets.subarray(start, end);
  let at = start;
  let plainFrom = start;
  const parts: Buffer[] = [];
  for (const field of layout.fields) {
    if (at > end) return undefined;
    if (field === 'name') {
      const name = readNameAt(at);
      if (name === undefined) return undefined;
      if (name.hops > 0) {
        parts.push(octets.subarray(plainFrom, at), Buffer.from(name.wire, 'latin1'));
        plainFrom = name.next;
      }
      at = name.next;
    } else {
      at += fieldOctets(field, octets, at, end);
    }
  }
  if (at !== end) return undefined;
  if (parts.length === 0) return octets.subarray(start, end);
  parts.push(octets.subarray(plainFrom, end));
  return Buffer.concat(parts);
}

/** How long a field is that is not a name. */
export function fieldOctets(field: Exclude<Field, 'name'>, octets: Buffer, at: number, end: number): number {
  if (field === 'rest') return end - at;
  return field === 'string' ? 1 + (octets[at] ?? 0) : field;
}

const ONE_NAME: RdataLayout = { fields: ['name'], compressible: true };
const PREFERENCE_AND_NAME: RdataLayout = { fields: [2, 'name'], compressible: false };

const LAYOUTS: ReadonlyMap<number, RdataLayout> = new Map<number, RdataLayout>([
  [TYPE.NS, ONE_NAME],
  [TYPE.MD, ONE_NAME],
  [TYPE.MF, ONE_NAME],
  [TYPE.CNAME, ONE_NAME],
  [TYPE.SOA, { fields: ['name', 'name', 20], compressible: true }],
  [TYPE.MB, ONE_NAME],
  [TYPE.MG, ONE_NAME],
  [TYPE.MR, ONE_NAME],
  [TYPE.PTR, ONE_NAME],
  [TYPE.MINFO, { fields: ['name', 'name'], compressible: true }],
  [TYPE.MX, { fields: [2, 'name'], compressible: true }],
  // Younger types: old servers compress these names, so we read them; we never write them so.
  [TYPE.RP, { fields: ['name', 'name'], compressible: false }],
  [TYPE.AFSDB, PREFERENCE_AND_NAME],
  [TYPE.RT, PREFERENCE_AND_NAME],
  [TYPE.SIG, { fields: [18, 'name', 'rest'], compressible: false }],
  [TYPE.NXT, { fields: ['name', 'rest'], compressible: false }],
  [TYPE.DNAME, { fields: ['name'], compressible: false }],
]);

const INTERNET_LAYOUTS: ReadonlyMap<number, RdataLayout> = new Map<number, RdataLayout>([
  [TYPE.A, { fields: [4], compressible: false }],
  [TYPE.AAAA, { fields: [16], compressible: false }],
  [TYPE.PX, { fields: [2, 'name', 'name'], compressible: false }],
  [TYPE.SRV, { fields: [6, 'name'], compressible: false }],
  [TYPE.NAPTR, { fields: [4, 'string', 'string', 'string', 'name'], compressible: false }],
  [TYPE.KX, PREFERENCE_AND_NAME],
]);
