import type { DomainName } from '../../base/domain-name.ts';
import type { IpAddress } from '../../base/ip-address.ts';
import type { QueryContext, Stage } from '../query-context.ts';
import { noData } from '../refusal.ts';
import { stripConnectionHints } from '../service-binding.ts';
import { CLASS, EDE, TYPE } from '../wire/constants.ts';
import { addressOf, cnameTarget } from '../wire/records.ts';
import type { ResourceRecord } from '../wire/response.ts';

/** CNAMEs followed from a name; longer chains are loops or games. */
const MAX_CHAIN = 16;

export interface SanitiseOptions {
  /** Loopback, private, link-local ...: an address no public name should have (rebinding). */
  readonly isPrivate: (address: IpAddress) => boolean;
  /** Addresses that may never be opened, so telling them is no use either. */
  readonly isNeverOpened: (address: IpAddress) => boolean;
}

/** Takes out addresses a public name has no business with, and hints that would lead past the gate. */
export function sanitise({ isPrivate, isNeverOpened }: SanitiseOptions): Stage {
  return {
    name: 'sanitise',
    async resolve(context, next) {
      const outcome = await next(context);
      if (outcome.answers.length === 0) return outcome;
      const { name, type } = context.query.question;
      const answers = outcome.answers
        .filter((record) => mayBeTold(record, context))
        .map((record) => withoutHints(record, context));
      const lostAll =
        answers.every((record) => record.type === TYPE.CNAME) &&
        outcome.answers.some((record) => record.type === type);
      if (!lostAll) return { ...outcome, answers };
      const ede = { code: EDE.BLOCKED, text: 'every address of the answer is one that is never told' };
      return { ...noData(name, outcome.reason), ede, source: outcome.source };
    },
  };

  function mayBeTold(record: ResourceRecord, { allowed, group }: QueryContext): boolean {
    const address = addressOf(record);
    if (address === undefined) return true;
    if (isPrivate(address)) return allowed?.rule?.private === true;
    return !(group.gated && isNeverOpened(address));
  }

  function withoutHints(record: ResourceRecord, { group }: QueryContext): ResourceRecord {
    const bindsService = record.type === TYPE.HTTPS || record.type === TYPE.SVCB;
    return bindsService && group.gated ? { ...record, rdata: stripConnectionHints(record.rdata) } : record;
  }
}

export interface Chain {
  readonly records: readonly ResourceRecord[];
  /** The CNAME targets, in their order. */
  readonly names: readonly DomainName[];
}

/** The records that belong to the question, in the order of the CNAME chain (RFC 1034 section 3.6.2), and the chain itself. */
export function chainOf(name: DomainName, type: number, answers: readonly ResourceRecord[]): Chain {
  const byOwner = Map.groupBy(
    answers.filter((record) => record.class === CLASS.IN),
    (record) => record.owner,
  );
  const records: ResourceRecord[] = [];
  const names: DomainName[] = [];
  for (let owner: DomainName | undefined = name; owner !== undefined && names.length <= MAX_CHAIN; ) {
    const here: readonly ResourceRecord[] = byOwner.get(owner) ?? [];
    // A loop comes back to an owner whose records were taken.
    byOwner.delete(owner);
    const wanted = here.filter((record) => record.type === type || record.type === TYPE.RRSIG);
    const cname = here.find((record) => record.type === TYPE.CNAME);
    if (type === TYPE.CNAME || cname === undefined || wanted.some((record) => record.type === type)) {
      records.push(...wanted);
      break;
    }
    records.push(cname, ...wanted);
    owner = cnameTarget(cname);
    if (owner !== undefined) names.push(owner);
  }
  return { records, names };
}
