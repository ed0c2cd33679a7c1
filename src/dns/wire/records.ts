/** Records of our own, and the meaning of those we were given. */
import { type DomainName, MAX_NAME_OCTETS } from '../../base/domain-name.ts';
import { addressFromOctets, addressToOctets, familyOf, type IpAddress } from '../../base/ip-address.ts';
import { CLASS, TYPE } from './constants.ts';
import { nameOctets, readName } from './name.ts';
import { MAX_TTL, type ResourceRecord } from './response.ts';

/** The address of an A or AAAA record; an IPv4-mapped one counts as IPv4. */
export function addressOf(record: ResourceRecord): IpAddress | undefined {
  const octets = ADDRESS_OCTETS.get(record.type);
  if (record.class !== CLASS.IN || octets === undefined || record.rdata.length !== octets) return undefined;
  return addressFromOctets(record.rdata);
}

export function addressesOf(records: readonly ResourceRecord[]): readonly IpAddress[] {
  return records.map(addressOf).filter((address) => address !== undefined);
}

/** The record with another address of its family. */
export function addressRecordLike(record: ResourceRecord, address: IpAddress): ResourceRecord {
  const octets = addressToOctets(address);
  if (octets.length !== ADDRESS_OCTETS.get(record.type))
    throw new RangeError(`${address} is not of the record's family`);
  return { ...record, rdata: Buffer.from(octets) };
}

/** Where a CNAME points. */
export function cnameTarget(record: ResourceRecord): DomainName | undefined {
  if (record.type !== TYPE.CNAME) return undefined;
  const target = readName(record.rdata, 0);
  return target?.next === record.rdata.length ? target.name : undefined;
}

/** Where a DNAME sends everything below its owner. */
export function dnameTarget(record: ResourceRecord): DomainName | undefined {
  if (record.type !== TYPE.DNAME) return undefined;
  const target = readName(record.rdata, 0);
  return target?.next === record.rdata.length ? target.name : undefined;
}

/** The name with another ending; undefined when it would be longer than a name may be (RFC 6672 section 2.2). */
export function replaceSuffix(name: DomainName, from: DomainName, to: DomainName): DomainName | undefined {
  const replaced = name.slice(0, name.length - from.length) + to;
  return replaced.length > MAX_NAME_OCTETS ? undefined : (replaced as DomainName);
}

/** The last field of a SOA: seconds for which the absence may be remembered (RFC 2308 section 4). */
export function soaMinimum(record: ResourceRecord): number | undefined {
  if (record.type !== TYPE.SOA || record.rdata.length < SOA_NUMBERS) return undefined;
  return Math.min(record.rdata.readUInt32BE(record.rdata.length - 4), MAX_TTL);
}

/** Throws RangeError when the address is not IPv4. */
export function aRecord(owner: DomainName, ttl: number, address: IpAddress): ResourceRecord {
  return addressRecord(owner, ttl, address, TYPE.A, 4);
}

/** Throws RangeError when the address is not IPv6. */
export function aaaaRecord(owner: DomainName, ttl: number, address: IpAddress): ResourceRecord {
  return addressRecord(owner, ttl, address, TYPE.AAAA, 6);
}

export function cnameRecord(owner: DomainName, ttl: number, target: DomainName): ResourceRecord {
  return record(owner, ttl, TYPE.CNAME, nameOctets(target));
}

export function ptrRecord(owner: DomainName, ttl: number, target: DomainName): ResourceRecord {
  return record(owner, ttl, TYPE.PTR, nameOctets(target));
}

export interface Service {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: DomainName;
}

/** The numbers are 16 bits each (RFC 2782). */
export function srvRecord(owner: DomainName, ttl: number, service: Service): ResourceRecord {
  const numbers = Buffer.alloc(6);
  for (const [i, value] of [service.priority, service.weight, service.port].entries()) {
    numbers.writeUInt16BE(value, 2 * i);
  }
  return record(owner, ttl, TYPE.SRV, Buffer.concat([numbers, nameOctets(service.target)]));
}

export interface StartOfAuthority {
  readonly primary: DomainName;
  readonly mailbox: DomainName;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** Seconds a client may remember that the name is not there. */
  readonly minimum: number;
}

export function soaRecord(owner: DomainName, ttl: number, soa: StartOfAuthority): ResourceRecord {
  const numbers = Buffer.alloc(SOA_NUMBERS);
  for (const [i, value] of [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].entries()) {
    numbers.writeUInt32BE(value, 4 * i);
  }
  const rdata = Buffer.concat([nameOctets(soa.primary), nameOctets(soa.mailbox), numbers]);
  return record(owner, ttl, TYPE.SOA, rdata);
}

/** Throws RangeError for a string above 255 octets (RFC 1035 section 3.3) and for none at all. */
export function txtRecord(owner: DomainName, ttl: number, texts: readonly string[]): ResourceRecord {
  if (texts.length === 0) throw new RangeError('a TXT record needs at least one string');
  const parts = texts.flatMap((text) => {
    const octets = Buffer.from(text, 'utf8');
    if (octets.length > 255) {
      throw new RangeError(`a string of a TXT record has ${octets.length} octets; 255 are the most`);
    }
    return [Buffer.of(octets.length), octets];
  });
  return record(owner, ttl, TYPE.TXT, Buffer.concat(parts));
}

function addressRecord(
  owner: DomainName,
  ttl: number,
  address: IpAddress,
  type: number,
  family: 4 | 6,
): ResourceRecord {
  if (familyOf(address) !== family) throw new RangeError(`not an IPv${family} address: ${address}`);
  return record(owner, ttl, type, Buffer.from(addressToOctets(address)));
}

function record(owner: DomainName, ttl: number, type: number, rdata: Buffer): ResourceRecord {
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw new RangeError(`not a TTL: ${ttl} (whole seconds from 0 to ${MAX_TTL})`);
  }
  if (rdata.length > 0xffff)
    throw new RangeError(`record data of ${rdata.length} octets; 65535 are the most`);
  return { owner, type, class: CLASS.IN, ttl, rdata };
}

const ADDRESS_OCTETS: ReadonlyMap<number, number> = new Map([
  [TYPE.A, 4],
  [TYPE.AAAA, 16],
]);
const SOA_NUMBERS = 20;
