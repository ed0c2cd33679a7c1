import type { Clock } from '../../base/clock.ts';
import { formatDomainName } from '../../base/domain-name.ts';
import type {
  EventPort,
  Outcome,
  PolicyPort,
  QueryContext,
  Resolve,
  Stage,
  Verdict,
} from '../query-context.ts';
import { refusal } from '../refusal.ts';
import type { ResourceRecord } from '../wire/response.ts';

export interface EnforcePolicyOptions {
  readonly policy: PolicyPort;
  readonly events: EventPort;
  readonly clock: Clock;
}

/** Denied names never leave the house: answered here, so no upstream sees them. What is allowed for a time is told for no longer. */
export function enforcePolicy({ policy, events, clock }: EnforcePolicyOptions): Stage {
  return {
    name: 'enforce-policy',
    resolve: judge,
  };

  function judge(context: QueryContext, next: Resolve): Outcome | Promise<Outcome> {
    const { name, type } = context.query.question;
    const verdict = policy.decide(context.group, name, type);
    if (!verdict.allowed) {
      events.denied(context, verdict.reason, verdict.rule?.id);
      return refusal(
        context,
        verdict.reason,
        verdict.rule?.id,
        explain(verdict.reason, formatDomainName(name), verdict.rule?.id),
      );
    }
    if (verdict.wouldBe !== undefined)
      events.denied(context, verdict.wouldBe.reason, verdict.wouldBe.rule?.id);
    return answer(next, { ...context, allowed: verdict }, verdict);
  }

  async function answer(next: Resolve, context: QueryContext, verdict: Allowed): Promise<Outcome> {
    const outcome = await next(context);
    // Its rule or pause ended while the upstream was asked or the firewall waited for.
    if (verdict.endsAt !== undefined && verdict.endsAt <= clock.now()) return judge(context, next);
    // What comes from a cache was put there under the rule or mode of then; the log shall name those of now.
    const reason = outcome.reason === 'rule' ? verdict.reason : outcome.reason;
    const explained = { ...outcome, reason, ruleId: verdict.rule?.id };
    return verdict.endsAt === undefined ? explained : endingAt(verdict.endsAt, explained, clock.now());
  }
}

type Allowed = Extract<Verdict, { allowed: true }>;

function endingAt(endsAt: number, outcome: Outcome, now: number): Outcome {
  const leftS = Math.max(0, Math.floor((endsAt - now) / 1000));
  const cut = (record: ResourceRecord) => (record.ttl <= leftS ? record : { ...record, ttl: leftS });
  const { repeatUntil, ...rest } = outcome;
  return {
    ...rest,
    answers: outcome.answers.map(cut),
    authority: outcome.authority.map(cut),
    ...(repeatUntil === undefined ? {} : { repeatUntil: Math.min(repeatUntil, endsAt) }),
  };
}

function explain(reason: string, name: string, ruleId: number | undefined): string {
  switch (reason) {
    case 'deny-rule':
      return `${name} is refused by rule ${ruleId}; without that rule it could be allowed`;
    case 'qtype':
      return `rule ${ruleId} allows ${name}, but not this type; list it among the rule's types to have it`;
    case 'above-allowed':
      return `only names below ${name} are allowed; an exact rule would allow it too`;
    default:
      return `no rule allows ${name}; it can be allowed among the refused names of Sallyport`;
  }
}
