import type { Clock } from '../../base/clock.ts';
import type { DomainName } from '../../base/domain-name.ts';
import { describeError } from '../../base/errors.ts';
import { type Chain, chainOf, MAX_CHAIN } from '../chain.ts';
import type { EventPort, Outcome, QueryContext, Stage } from '../query-context.ts';
import { failure } from '../refusal.ts';
import { UpstreamFailure, type UpstreamFailureKind } from '../upstream/upstream.ts';
import { CLASS, EDE, RCODE, rcodeName, TYPE } from '../wire/constants.ts';
import { addressOf } from '../wire/records.ts';
import type { ResourceRecord, Response } from '../wire/response.ts';

/** Milliseconds an exchange may take: the client may have given up, but the answer still serves its resend. */
const EXCHANGE_LIMIT_MS = 10_000;

export interface UpstreamPort {
  /** Rejects when none answers by `deadlineMs` on the clock. */
  resolve(
    question: { name: DomainName; type: number; class: number; dnssecOk: boolean; checkingDisabled: boolean },
    deadlineMs: number,
  ): Promise<{
    readonly response: Response;
    readonly upstream: string;
    /** Whether the channel proved who answered: otherwise anybody on the way may have set AD (RFC 6840 section 5.8). */
    readonly authenticated?: boolean;
  }>;
}

export interface AskUpstreamOptions {
  readonly clock: Clock;
  readonly events: EventPort;
  /** The upstreams for a name; undefined where none is configured. */
  readonly upstreamFor: (name: DomainName) => UpstreamPort | undefined;
}

/** The last stage: whoever gets here is allowed to ask. */
export function askUpstream({ clock, events, upstreamFor }: AskUpstreamOptions): Stage {
  const exchange = async (context: QueryContext, upstream: UpstreamPort): Promise<Outcome> => {
    const { question, edns, checkingDisabled } = context.query;
    const dnssecOk = edns?.dnssecOk === true;
    try {
      const {
        response,
        upstream: id,
        authenticated = false,
      } = await upstream.resolve(
        { ...question, dnssecOk, checkingDisabled },
        clock.now() + EXCHANGE_LIMIT_MS,
      );
      const chain = chainOf({ ...question, dnssecOk }, believable(response));
      if (chain.unrelated > 0) events.unrelated(chain.unrelated);
      if (chain.isTooLong) {
        const text = `${id} answered with a chain of more than ${MAX_CHAIN} CNAMEs`;
        return failure('upstream-failed', { code: EDE.INVALID_DATA, text }, id);
      }
      report(context, chain, id);
      const outcome = found(question.type, response, chain.records, id, dnssecOk);
      return authenticated && response.authenticData ? { ...outcome, authenticData: true } : outcome;
    } catch (error) {
      return failure('upstream-failed', {
        code: error instanceof UpstreamFailure ? EDE_OF[error.kind] : EDE.OTHER,
        text: describeError(error),
      });
    }
  };

  /** Each address once, with the name it was given for: what the ledger and the owner's questions live on. */
  const report = (context: QueryContext, { records, names }: Chain, upstream: string): void => {
    const addresses = records.flatMap((record) => {
      const address = addressOf(record);
      return address === undefined ? [] : [{ address, ttlS: record.ttl }];
    });
    if (addresses.length > 0) events.sighted(context, { chain: names, records: addresses, upstream });
  };

  return {
    name: 'ask-upstream',
    async resolve(context) {
      const upstream = upstreamFor(context.query.question.name);
      if (upstream === undefined) {
        return failure('no-upstream', {
          code: EDE.NO_REACHABLE_AUTHORITY,
          text: 'no upstream is configured',
        });
      }
      return exchange(context, upstream);
    },
  };
}

/** A name that does not exist has no records of its own; at most a chain leads to it (RFC 2308 section 2.1). */
function believable({ rcode, answers }: Response): readonly ResourceRecord[] {
  return rcode === RCODE.NXDOMAIN ? answers.filter((record) => LEADS_ON.has(record.type)) : answers;
}

const LEADS_ON: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.DNAME, TYPE.RRSIG]);

/** RFC 8914 sections 4.23 to 4.25. */
const EDE_OF: Readonly<Record<UpstreamFailureKind, number>> = {
  servfail: EDE.NO_REACHABLE_AUTHORITY,
  refused: EDE.NO_REACHABLE_AUTHORITY,
  malformed: EDE.INVALID_DATA,
  timeout: EDE.NO_REACHABLE_AUTHORITY,
  network: EDE.NETWORK_ERROR,
};

/** Only records on the chain from the question are kept; where they end without the type asked, the SOA says for how long. */
function found(
  type: number,
  response: Response,
  records: readonly ResourceRecord[],
  upstream: string,
  dnssecOk: boolean,
): Outcome {
  if (response.rcode !== RCODE.NOERROR && response.rcode !== RCODE.NXDOMAIN) {
    const text = `${upstream} answered ${rcodeName(response.rcode)}`;
    return failure('upstream-failed', { code: EDE.NO_REACHABLE_AUTHORITY, text }, upstream);
  }
  const isAnswered = records.some((record) => record.type === type);
  return {
    rcode: response.rcode,
    answers: records,
    authority: isAnswered ? [] : response.authority.filter((record) => provesAbsence(record, dnssecOk)),
    verdict: 'allowed',
    reason: 'rule',
    source: upstream,
  };
}

/** What an authority section may say beside a negative answer (RFC 2308 section 2, RFC 4035 section 3.1.3). */
function provesAbsence(record: ResourceRecord, dnssecOk: boolean): boolean {
  return record.class === CLASS.IN && (record.type === TYPE.SOA || (dnssecOk && PROOFS.has(record.type)));
}

/** Only for those who ask for them (RFC 4035 section 3.2.1). */
const PROOFS: ReadonlySet<number> = new Set([TYPE.NSEC, TYPE.NSEC3, TYPE.RRSIG]);
