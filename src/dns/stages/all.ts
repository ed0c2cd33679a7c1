import type { Log } from '../../base/log.ts';
import type { NameBudgets } from '../limits/name-budgets.ts';
import type { Places } from '../limits/places.ts';
import type { GatePort, PolicyPort, Stage } from '../query-context.ts';
import { answerAny } from './answer-any.ts';
import { type AnswerCache, answerFromCache } from './answer-from-cache.ts';
import { answerLocalNames, type LocalNames } from './answer-local-names.ts';
import { answerOneFamily } from './answer-one-family.ts';
import { type AskUpstreamOptions, askUpstream } from './ask-upstream.ts';
import { enforcePolicy } from './enforce-policy.ts';
import { gateAddresses } from './gate-addresses.ts';
import { limitExchanges } from './limit-exchanges.ts';
import { refuseOutright } from './refuse-outright.ts';
import { type SanitiseOptions, sanitise } from './sanitise.ts';
import { spendBudget } from './spend-budget.ts';

export interface StagesParts extends LocalNames, SanitiseOptions, AskUpstreamOptions {
  readonly log: Log;
  readonly policy: PolicyPort;
  readonly gate: GatePort;
  readonly limits: { readonly budgets: NameBudgets; readonly exchanges: Places };
}

/** The stages, each with the reason of its place. */
export function createStages(parts: StagesParts): {
  readonly stages: readonly Stage[];
  readonly cache: AnswerCache;
} {
  const { clock, log, policy, gate, events, limits } = parts;
  const { records, forwarded, isPrivate, isNeverOpened, upstreamFor } = parts;
  const cache = answerFromCache({ clock, log });
  const stages = [
    // First: nothing behind it has to know of questions that nobody here answers.
    refuseOutright(),
    // These names belong to this machine (RFC 6761), no rule may send them anywhere.
    answerLocalNames({ records, forwarded }, events),
    // Before everything that could leave the house: a refused name costs nothing and tells no upstream.
    enforcePolicy({ policy, events, clock }),
    // Behind the policy, which says by what rule; before everything else, so that no question at all carries a name out.
    spendBudget(limits.budgets, events),
    // Behind the policy, so that a refused name looks the same to every question; before the gate, which knows
    // only questions for addresses.
    answerAny(),
    // Behind the policy for the same reason.
    answerOneFamily(),
    // In front of the cache: what is cached is the upstream's data, and every answer from it passes the gate anew.
    gateAddresses({ gate, clock, isPrivate }),
    // Behind the gate, in front of the cache: the gate never sees an address that the guard removes.
    sanitise({ clock, gate, isPrivate, isNeverOpened }),
    cache,
    // Behind the cache: equal questions share one exchange, and what is cached needs none.
    limitExchanges(limits.exchanges),
    askUpstream({ clock, events, upstreamFor }),
  ];
  return { stages, cache };
}
