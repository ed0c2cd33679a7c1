/** Questions of our own: for names the control plane wants to keep open, or to know about before it closes them. */
import type { Clock } from '../base/clock.ts';
import type { DomainName } from '../base/domain-name.ts';
import type { IpAddress } from '../base/ip-address.ts';
import type { Log } from '../base/log.ts';
import { chainOf } from '../dns/chain.ts';
import { deadlineFor } from '../dns/deadline.ts';
import {
  type ClientGroup,
  NOT_TOLD_REASONS,
  type Outcome,
  type PolicyPort,
  type QueryContext,
  type Resolve,
} from '../dns/query-context.ts';
import type { UpstreamPort } from '../dns/stages/ask-upstream.ts';
import { UpstreamFailure } from '../dns/upstream/upstream.ts';
import { CLASS, RCODE } from '../dns/wire/constants.ts';
import { nameOctets } from '../dns/wire/name.ts';
import { addressesOf } from '../dns/wire/records.ts';
import type { ResolveOutcome, ToData } from '../plane/protocol.ts';

export interface OwnQuestionsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly group: (id: number) => ClientGroup | undefined;
  readonly policy: Pick<PolicyPort, 'decide'>;
  /** Through all stages, as a client's question would go. */
  readonly resolve: Resolve;
  readonly upstreamFor: (name: DomainName) => UpstreamPort | undefined;
}

export type OwnQuestion = Omit<Extract<ToData, { kind: 'resolve' }>, 'kind' | 'seq' | 'id'>;

/** Asks as the policy allows; never rejects. */
export function createOwnQuestions(
  parts: OwnQuestionsParts,
): (asked: OwnQuestion) => Promise<ResolveOutcome> {
  const { clock, log, policy, resolve, upstreamFor } = parts;
  return async ({ groupId, name, qtype, purpose }) => {
    const group = parts.group(groupId);
    if (group === undefined || !policy.decide(group, name, qtype).allowed) return 'refused';
    try {
      if (purpose === 'warm') return outcomeOf(await resolve(ownQuestion(group, name, qtype, clock.now())));
      return await probe(upstreamFor(name), name, qtype, clock.now() + PROBE_LIMIT_MS);
    } catch (error) {
      log.error({ err: error }, 'a look-up of our own failed');
      return 'failed';
    }
  };
}

function ownQuestion(group: ClientGroup, name: DomainName, type: number, now: number): QueryContext {
  const question = { name, type, class: CLASS.IN };
  const query = {
    id: 0,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    question,
    qnameOctets: nameOctets(name),
    edns: undefined,
  };
  const client = '::' as IpAddress;
  return {
    query,
    client,
    protocol: 'udp',
    group,
    arrivedAt: now,
    deadline: deadlineFor(group, now),
    fresh: true,
    allowed: undefined,
  };
}

async function probe(
  upstream: UpstreamPort | undefined,
  name: DomainName,
  type: number,
  deadlineMs: number,
): Promise<ResolveOutcome> {
  if (upstream === undefined) return 'failed';
  try {
    const question = { name, type, class: CLASS.IN, dnssecOk: false, checkingDisabled: false };
    const { response } = await upstream.resolve(question, deadlineMs);
    if (response.rcode === RCODE.NXDOMAIN) return 'gone';
    if (response.rcode !== RCODE.NOERROR) return 'failed';
    return chainOf(question, response.answers).records.some((record) => record.type === type)
      ? 'found'
      : 'gone';
  } catch (error) {
    if (error instanceof UpstreamFailure) return 'failed';
    throw error;
  }
}

function outcomeOf(outcome: Outcome): ResolveOutcome {
  if (outcome.verdict === 'denied') return 'refused';
  // The upstream named addresses; that they are not open is the firewall's matter or the ledger's.
  const isNotTold = NOT_TOLD_REASONS.some((reason) => reason === outcome.reason);
  if (outcome.verdict === 'failed' && !isNotTold) return 'failed';
  if (outcome.reason === 'stale') return 'failed';
  if (addressesOf(outcome.answers).length > 0 || isNotTold) return 'found';
  return outcome.rcode === RCODE.NOERROR || outcome.rcode === RCODE.NXDOMAIN ? 'gone' : 'failed';
}

/** Milliseconds to wait for an upstream that may be down. */
const PROBE_LIMIT_MS = 5000;
