/** The numbers of the DNS protocol (IANA "Domain Name System Parameters") and their names. */

export const HEADER_OCTETS = 12;
/** A message over TCP carries its length in two octets (RFC 1035 section 4.2.2). */
export const MAX_MESSAGE_OCTETS = 65_535;
/** What every client reads over UDP without EDNS (RFC 1035 section 4.2.1). */
export const PLAIN_UDP_OCTETS = 512;
/** What fits any path without fragments (DNS flag day 2020, RFC 9715); offered upstream and never exceeded over UDP. */
export const EDNS_UDP_OCTETS = 1232;

/** Header bits, as in the second 16-bit word. */
export const FLAG = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
  RCODE: 0x000f,
} as const;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
} as const;

export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  SIG: 24,
  KEY: 25,
  PX: 26,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

/** Extended DNS errors (RFC 8914 section 4). */
export const EDE = {
  OTHER: 0,
  STALE_ANSWER: 3,
  FORGED_ANSWER: 4,
  NOT_READY: 14,
  BLOCKED: 15,
  CENSORED: 16,
  FILTERED: 17,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  SYNTHESIZED: 29,
  INVALID_QUERY_TYPE: 30,
} as const;

/** 'A', 'HTTPS', or 'TYPE65280' for a type without a name (RFC 3597 section 5). */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** Reads what typeName writes, in any case. Throws RangeError that quotes the text. */
export function typeNumber(text: string): number {
  const upper = text.toUpperCase();
  const known = TYPE_NUMBERS.get(upper);
  if (known !== undefined) return known;
  const number = /^TYPE\d{1,5}$/.test(upper) ? Number(upper.slice(4)) : Number.NaN;
  if (!(number <= 0xffff)) {
    throw new RangeError(
      `not a record type: ${JSON.stringify(text)} (use a name such as AAAA, or TYPE with a number)`,
    );
  }
  return number;
}

/** Types that stand in messages and never at a name (RFC 6895 section 3.1): OPT, TSIG and their kin. */
export function isMetaType(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= FIRST_META_TYPE && type <= TYPE.TSIG);
}

/** 'NXDOMAIN', or 'RCODE12' for one without a name. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}

const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(TYPE));
const TYPE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TYPE).map(([name, n]) => [n, name]));
const RCODE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RCODE).map(([name, n]) => [n, name]));
const FIRST_META_TYPE = 128;
