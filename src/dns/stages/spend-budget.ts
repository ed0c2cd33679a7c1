import { formatDomainName } from '../../base/domain-name.ts';
import type { NameBudgets } from '../limits/name-budgets.ts';
import type { EventPort, Stage } from '../query-context.ts';
import { refusal } from '../refusal.ts';

/** A wildcard that lets too many new names out refuses the next ones; known names go on. While learning it is only written down. */
export function spendBudget(budgets: NameBudgets, events: Pick<EventPort, 'denied'>): Stage {
  return {
    name: 'spend-budget',
    resolve(context, next) {
      const { allowed, query, group } = context;
      if (allowed?.rule === undefined) return next(context);
      const { name } = query.question;
      const spent = budgets.spend(group.id, allowed.rule, name);
      if (spent.within) return next(context);
      if (spent.listed) events.denied(context, 'budget', allowed.rule.id);
      if (!allowed.enforced) return next(context);
      const text = `${spent.why}: only names asked before are answered; ${formatDomainName(name)} may be allowed by itself`;
      return Promise.resolve(refusal(context, 'budget', allowed.rule.id, text));
    },
  };
}
