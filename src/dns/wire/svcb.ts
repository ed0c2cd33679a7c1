/** The data of SVCB and HTTPS records (RFC 9460): read strictly, changed, written. */
import { addressFromOctets, type IpAddress } from '../../base/ip-address.ts';
import { endOfPlainName } from './name.ts';

export interface ServiceBinding {
  /** 0 makes it an alias: its parameters mean nothing (RFC 9460 section 2.4.2). */
  readonly priority: number;
  /** In wire form, the case kept; the root stands for the owner of the record. */
  readonly target: Buffer;
  /** By key, in ascending order. */
  readonly params: ReadonlyMap<number, Buffer>;
}

/** The SvcParamKeys of RFC 9460 section 14.3.2. */
export const SVC_PARAM = {
  MANDATORY: 0,
  ALPN: 1,
  NO_DEFAULT_ALPN: 2,
  PORT: 3,
  IPV4HINT: 4,
  ECH: 5,
  IPV6HINT: 6,
} as const;

/** Undefined for data that a client must reject (RFC 9460 sections 2.2 and 8). */
export function parseServiceBinding(rdata: Buffer): ServiceBinding | undefined {
  const end = endOfPlainName(rdata, 2);
  if (end === undefined) return undefined;
  const priority = rdata.readUInt16BE(0);
  const target = rdata.subarray(2, end);
  const params = readParams(rdata, end);
  if (params === undefined) return undefined;
  const isUsable = priority === 0 || areValid(params);
  return isUsable ? { priority, target, params } : undefined;
}

export function writeServiceBinding({ priority, target, params }: ServiceBinding): Buffer {
  const parts: Buffer[] = [u16(priority), target];
  for (const [key, value] of [...params].sort(([a], [b]) => a - b)) {
    parts.push(u16(key), u16(value.length), value);
  }
  return Buffer.concat(parts);
}

/** The addresses a client may use before it has asked for them (RFC 9460 section 7.3). */
export function hintsOf({ params }: ServiceBinding): readonly IpAddress[] {
  return HINTS.flatMap(([key, octets]) => split(params.get(key), octets)).map(addressFromOctets);
}

/** Without the hints that `keep` does not want; a key that has none left goes, also from the list of mandatory ones. */
export function withHints(binding: ServiceBinding, keep: (hint: IpAddress) => boolean): ServiceBinding {
  let changed = binding;
  for (const [key, octets] of HINTS) {
    const hints = split(binding.params.get(key), octets);
    const kept = hints.filter((hint) => keep(addressFromOctets(hint)));
    if (kept.length === hints.length) continue;
    changed =
      kept.length === 0
        ? withoutParam(changed, key)
        : { ...changed, params: new Map(changed.params).set(key, Buffer.concat(kept)) };
  }
  return changed;
}

/** A mandatory key that is not there would make the record malformed (RFC 9460 section 8), so it is mandatory no longer. */
export function withoutParam(binding: ServiceBinding, key: number): ServiceBinding {
  if (!binding.params.has(key)) return binding;
  const params = new Map(binding.params);
  params.delete(key);
  const mandatory = split(params.get(SVC_PARAM.MANDATORY), 2).filter(
    (entry) => entry.readUInt16BE(0) !== key,
  );
  if (mandatory.length > 0) params.set(SVC_PARAM.MANDATORY, Buffer.concat(mandatory));
  else params.delete(SVC_PARAM.MANDATORY);
  return { ...binding, params };
}

/** Undefined when lengths lie, or keys are not in strictly ascending order (RFC 9460 section 2.2). */
function readParams(rdata: Buffer, start: number): ReadonlyMap<number, Buffer> | undefined {
  const params = new Map<number, Buffer>();
  let last = -1;
  let at = start;
  while (at < rdata.length) {
    if (at + 4 > rdata.length) return undefined;
    const key = rdata.readUInt16BE(at);
    const end = at + 4 + rdata.readUInt16BE(at + 2);
    if (end > rdata.length || key <= last) return undefined;
    params.set(key, rdata.subarray(at + 4, end));
    last = key;
    at = end;
  }
  return params;
}

/** Keys that are not known here are anybody's; those that are have a form (RFC 9460 sections 7 and 8). */
function areValid(params: ReadonlyMap<number, Buffer>): boolean {
  if (params.has(SVC_PARAM.NO_DEFAULT_ALPN) && !params.has(SVC_PARAM.ALPN)) return false;
  for (const [key, value] of params) if (FORMS.get(key)?.(value, params) === false) return false;
  return true;
}

const FORMS: ReadonlyMap<number, (value: Buffer, params: ReadonlyMap<number, Buffer>) => boolean> = new Map([
  [SVC_PARAM.MANDATORY, isMandatoryList],
  [SVC_PARAM.ALPN, isAlpnList],
  [SVC_PARAM.NO_DEFAULT_ALPN, (value: Buffer) => value.length === 0],
  [SVC_PARAM.PORT, (value: Buffer) => value.length === 2],
  [SVC_PARAM.IPV4HINT, (value: Buffer) => value.length > 0 && value.length % 4 === 0],
  [SVC_PARAM.ECH, (value: Buffer) => value.length > 0],
  [SVC_PARAM.IPV6HINT, (value: Buffer) => value.length > 0 && value.length % 16 === 0],
]);

/** Ascending, without itself, and each key is there (RFC 9460 section 8). */
function isMandatoryList(value: Buffer, params: ReadonlyMap<number, Buffer>): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false;
  const keys = split(value, 2).map((entry) => entry.readUInt16BE(0));
  return keys.every((key, i) => key > (keys[i - 1] ?? SVC_PARAM.MANDATORY) && params.has(key));
}

/** Strings of one octet or more, each behind its length (RFC 9460 section 7.1.1). */
function isAlpnList(value: Buffer): boolean {
  let at = 0;
  for (let length = value[at]; length !== undefined; length = value[at]) {
    if (length === 0) return false;
    at += 1 + length;
  }
  return at > 0 && at === value.length;
}

function split(value: Buffer | undefined, octets: number): readonly Buffer[] {
  const whole = Math.floor((value?.length ?? 0) / octets);
  return Array.from(
    { length: whole },
    (_, i) => value?.subarray(i * octets, (i + 1) * octets) ?? Buffer.of(),
  );
}

function u16(value: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(value);
  return octets;
}

/** The keys that hold addresses, and how many octets one takes. */
const HINTS = [
  [SVC_PARAM.IPV4HINT, 4],
  [SVC_PARAM.IPV6HINT, 16],
] as const;
