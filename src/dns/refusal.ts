import { type DomainName, parseDomainName } from '../base/domain-name.ts';
import { parseIpAddress } from '../base/ip-address.ts';
import type { Outcome, QueryContext, Reason } from './query-context.ts';
import { EDE, RCODE, TYPE } from './wire/constants.ts';
import { aaaaRecord, aRecord, soaRecord } from './wire/records.ts';
import type { ResourceRecord } from './wire/response.ts';

/** Seconds a refusal may be remembered: an approval must work at the client's next try. */
export const REFUSAL_TTL_S = 5;

/**
 * A name that is not allowed. NXDOMAIN by default: musl waits 5 s on REFUSED.
 * NODATA where NXDOMAIN would hide what is allowed: a name refused only for its type, and a name above an allowed
 * one (musl fails the whole look-up, and RFC 8020 caches cut the tree).
 */
export function refusal(
  context: QueryContext,
  reason: Reason,
  ruleId: number | undefined,
  text: string,
): Outcome {
  const { group, query } = context;
  const base = {
    ede: { code: EDE.BLOCKED, text },
    verdict: 'denied',
    reason,
    ruleId,
    source: 'local',
    authority: [negativeSoa(query.question.name, REFUSAL_TTL_S)],
    answers: [],
  } as const;
  if (reason === 'qtype' || reason === 'above-allowed') return { ...base, rcode: RCODE.NOERROR };
  switch (group.refuse) {
    case 'nxdomain':
      return { ...base, rcode: RCODE.NXDOMAIN };
    case 'nodata':
      return { ...base, rcode: RCODE.NOERROR };
    case 'refused':
      return { ...base, rcode: RCODE.REFUSED, authority: [] };
    case 'zero': {
      const answers = nullAddress(query.question.name, query.question.type);
      return answers.length === 0
        ? { ...base, rcode: RCODE.NOERROR }
        : { ...base, rcode: RCODE.NOERROR, answers, authority: [] };
    }
  }
}

/** No data of this type, for a reason that is ours. */
export function noData(name: DomainName, reason: Reason, ttlS = REFUSAL_TTL_S): Outcome {
  return {
    rcode: RCODE.NOERROR,
    answers: [],
    authority: [negativeSoa(name, ttlS)],
    verdict: 'allowed',
    reason,
    source: 'local',
  };
}

/** SERVFAIL: the client may try again; nothing about the name is claimed. */
export function failure(reason: Reason, ede: { code: number; text: string }, source = 'local'): Outcome {
  return { rcode: RCODE.SERVFAIL, answers: [], authority: [], ede, verdict: 'failed', reason, source };
}

/** RFC 2308 section 5: how long "there is none" may be kept is the lesser of the SOA's own ttl and its minimum. */
export function negativeSoa(owner: DomainName, ttlS: number): ResourceRecord {
  return soaRecord(owner, ttlS, { ...OWN_SOA, minimum: ttlS });
}

/** Where refusals come from; the names exist nowhere, so that nobody is asked about them. */
const OWN_SOA = {
  primary: parseDomainName('sallyport.invalid'),
  mailbox: parseDomainName('hostmaster.sallyport.invalid'),
  serial: 1,
  refresh: 3600,
  retry: 600,
  expire: 86_400,
};

const NULL_IPV4 = parseIpAddress('0.0.0.0');
const NULL_IPV6 = parseIpAddress('::');

function nullAddress(name: DomainName, type: number): readonly ResourceRecord[] {
  if (type === TYPE.A) return [aRecord(name, REFUSAL_TTL_S, NULL_IPV4)];
  if (type === TYPE.AAAA) return [aaaaRecord(name, REFUSAL_TTL_S, NULL_IPV6)];
  return [];
}
