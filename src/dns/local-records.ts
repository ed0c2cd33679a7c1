/** The owner's own records, from what is written in the configuration to what is answered. */
import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import { addressToOctets, familyOf, type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import {
  aaaaRecord,
  addressOf,
  aRecord,
  cnameRecord,
  ptrRecord,
  srvRecord,
  txtRecord,
} from './wire/records.ts';
import type { ResourceRecord } from './wire/response.ts';

export const LOCAL_RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'PTR', 'SRV', 'TXT'] as const;

export interface LocalRecord {
  readonly name: DomainName;
  readonly type: (typeof LOCAL_RECORD_TYPES)[number];
  /** As in a zone file: an address, a name, "priority weight port target", or the text itself. */
  readonly data: string;
}

/** Seconds; the owner's records change when the owner says so, and then at once. */
const OWN_RECORD_TTL_S = 60;

/** By owner. Every address gets the way back (PTR) to the first name that has it, unless that is written as well. */
export function localRecords(
  records: readonly LocalRecord[],
): ReadonlyMap<DomainName, readonly ResourceRecord[]> {
  const byOwner = Map.groupBy(records.map(makeRecord), (record) => record.owner);
  for (const [owner, own] of [...byOwner]) {
    for (const address of own.map(addressOf)) {
      const reverse = address && reverseName(address);
      if (reverse !== undefined && !byOwner.has(reverse))
        byOwner.set(reverse, [ptrRecord(reverse, OWN_RECORD_TTL_S, owner)]);
    }
  }
  return byOwner;
}

/** Throws RangeError that says what would be right. */
export function makeRecord({ name, type, data }: LocalRecord): ResourceRecord {
  switch (type) {
    case 'A':
    case 'AAAA':
      return makeAddress(name, type, data);
    case 'CNAME':
      return cnameRecord(name, OWN_RECORD_TTL_S, parseDomainName(data));
    case 'PTR':
      return ptrRecord(name, OWN_RECORD_TTL_S, parseDomainName(data));
    case 'TXT':
      return txtRecord(name, OWN_RECORD_TTL_S, [data]);
    case 'SRV':
      return makeService(name, data);
  }
}

/** A name with a CNAME has nothing else (RFC 1034 section 3.6.2). Returns the names that break it. */
export function namesBesideCname(records: readonly LocalRecord[]): readonly DomainName[] {
  return [...Map.groupBy(records, (record) => record.name)]
    .filter(([, own]) => own.length > 1 && own.some((record) => record.type === 'CNAME'))
    .map(([name]) => name);
}

/** The names whose CNAMEs lead back to themselves, so that no answer can be given. */
export function namesInCnameLoop(records: readonly LocalRecord[]): readonly DomainName[] {
  const targets = new Map(
    records
      .filter((record) => record.type === 'CNAME')
      .map((record) => [record.name, nameOrNone(record.data)]),
  );
  return [...targets.keys()].filter((name) => {
    const seen = new Set<DomainName>();
    for (let at = targets.get(name); at !== undefined && !seen.has(at); at = targets.get(at)) seen.add(at);
    return seen.has(name);
  });
}

/** What is no name is reported where it stands. */
function nameOrNone(text: string): DomainName | undefined {
  try {
    return parseDomainName(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** 5.20.168.192.in-addr.arpa, and the nibbles under ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: IpAddress): DomainName {
  const octets = [...addressToOctets(address)];
  if (familyOf(address) === 4) return parseDomainName(`${octets.toReversed().join('.')}.in-addr.arpa`);
  const nibbles = octets.flatMap((octet) => [octet >> 4, octet & 15]).map((nibble) => nibble.toString(16));
  return parseDomainName(`${nibbles.toReversed().join('.')}.ip6.arpa`);
}

function makeAddress(name: DomainName, type: 'A' | 'AAAA', data: string): ResourceRecord {
  const address = parseIpAddress(data);
  if ((familyOf(address) === 4) !== (type === 'A'))
    throw new RangeError('an A record has an IPv4 address, an AAAA record an IPv6 address');
  const make = type === 'A' ? aRecord : aaaaRecord;
  return make(name, OWN_RECORD_TTL_S, address);
}

function makeService(name: DomainName, data: string): ResourceRecord {
  const [, priority, weight, port, target = ''] = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/.exec(data) ?? [];
  const numbers = [priority, weight, port].map(Number);
  if (!numbers.every((number) => number <= 0xffff))
    throw new RangeError('write priority, weight, port and target, as in "0 5 32400 plex.home.arpa"');
  const [p = 0, w = 0, at = 0] = numbers;
  const service = { priority: p, weight: w, port: at, target: parseDomainName(target) };
  return srvRecord(name, OWN_RECORD_TTL_S, service);
}
