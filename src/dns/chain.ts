/** Which records of an answer belong to its question. */
import { type DomainName, parentOf } from '../base/domain-name.ts';
import { CLASS, TYPE } from './wire/constants.ts';
import { cnameRecord, cnameTarget, dnameTarget, replaceSuffix } from './wire/records.ts';
import type { ResourceRecord } from './wire/response.ts';

/** CNAMEs followed from a name; a longer chain is a loop or a game. */
export const MAX_CHAIN = 12;

export interface ChainQuestion {
  readonly name: DomainName;
  readonly type: number;
  /** Signatures are only for those who ask for them (RFC 4035 section 3.2.1). */
  readonly dnssecOk: boolean;
}

export interface Chain {
  readonly records: readonly ResourceRecord[];
  /** The CNAME targets, in their order. */
  readonly names: readonly DomainName[];
  /** Records that nothing leads to from the question: a mistake of the upstream, or spoofed. */
  readonly unrelated: number;
  /** Longer than MAX_CHAIN: the records are not to be used. */
  readonly isTooLong: boolean;
}

/** In the order of the CNAME chain (RFC 1034 section 3.6.2); a DNAME stands in front of the CNAME made from it (RFC 6672 section 3.1). */
export function chainOf(question: ChainQuestion, answers: readonly ResourceRecord[]): Chain {
  const { type, dnssecOk } = question;
  const usable = answers.filter((record) => record.type !== TYPE.RRSIG || dnssecOk || type === TYPE.RRSIG);
  const byOwner = Map.groupBy(
    usable.filter((record) => record.class === CLASS.IN),
    (record) => record.owner,
  );
  const hasDname = usable.some((record) => record.type === TYPE.DNAME);
  const records: ResourceRecord[] = [];
  const names: DomainName[] = [];
  let synthesised = 0;

  for (let owner = question.name; names.length <= MAX_CHAIN; ) {
    const here: readonly ResourceRecord[] = byOwner.get(owner) ?? [];
    // A loop comes back to an owner whose records were taken.
    byOwner.delete(owner);
    const wanted = here.filter((record) => record.type === type || record.type === TYPE.RRSIG);
    const isAnswered = type === TYPE.CNAME || wanted.some((record) => record.type === type);
    const given = isAnswered ? undefined : here.find((record) => record.type === TYPE.CNAME);
    const dname = isAnswered || !hasDname ? undefined : dnameAbove(owner, byOwner);
    const redirected = dname && redirect(owner, dname);
    const step = given ?? redirected;
    const target = step && cnameTarget(step);
    if (step === undefined || target === undefined) {
      records.push(...sameTtl(wanted, type));
      break;
    }
    if (dname !== undefined && redirected !== undefined && cnameTarget(redirected) === target) {
      records.push(dname, ...signaturesOf(dname, byOwner));
      byOwner.delete(dname.owner);
    }
    if (given === undefined) synthesised++;
    records.push(step, ...wanted);
    names.push(target);
    owner = target;
  }
  const isTooLong = names.length > MAX_CHAIN;
  return { records, names, unrelated: usable.length - (records.length - synthesised), isTooLong };
}

/** A DNAME redirects everything below its owner, never the owner itself (RFC 6672 section 2.3). */
function dnameAbove(
  name: DomainName,
  byOwner: ReadonlyMap<DomainName, readonly ResourceRecord[]>,
): ResourceRecord | undefined {
  for (let up = parentOf(name); up !== undefined; up = parentOf(up)) {
    const dname = byOwner.get(up)?.find((record) => record.type === TYPE.DNAME);
    if (dname !== undefined) return dname;
  }
  return undefined;
}

/** The CNAME that a DNAME stands for (RFC 6672 section 3.1); undefined when the name would be too long. */
function redirect(owner: DomainName, dname: ResourceRecord): ResourceRecord | undefined {
  const to = dnameTarget(dname);
  const target = to && replaceSuffix(owner, dname.owner, to);
  return target && cnameRecord(owner, dname.ttl, target);
}

function signaturesOf(
  dname: ResourceRecord,
  byOwner: ReadonlyMap<DomainName, readonly ResourceRecord[]>,
): readonly ResourceRecord[] {
  return (byOwner.get(dname.owner) ?? []).filter((record) => record.type === TYPE.RRSIG);
}

/** The records of one set have one TTL, the least of those given (RFC 2181 section 5.2). */
function sameTtl(records: readonly ResourceRecord[], type: number): readonly ResourceRecord[] {
  const ttl = Math.min(...records.filter((record) => record.type === type).map((record) => record.ttl));
  return records.map((record) => (record.type === type && record.ttl !== ttl ? { ...record, ttl } : record));
}
