import { KnownError } from '../base/errors.ts';
import { appendAudit } from '../store/audit.ts';
import { getGroup } from '../store/groups.ts';
import { endRule as end, getRule, type Rule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { assertOurs } from './managed-by-file.ts';
import { askAgain } from './wait-again.ts';

export interface RuleEnded {
  readonly rule: Rule;
  readonly effect: Effect;
  /** What of the audit takes it back. */
  readonly entry: number;
}

/** Ends a rule now; the addresses only it justified close at once, and what it answered waits again. Undone by making the rule again. */
export function endRule(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (id: number, actor: Actor): Promise<RuleEnded> => {
    const rule = getRule(db, id);
    const group = getGroup(db, rule.groupId);
    assertOurs(deps, rule, `the rule for ${rule.pattern}`);

    const { waiting, entry } = db.transaction(() => {
      const at = clock.now();
      if (!end(db, id, { at, by: actor.name })) {
        throw new KnownError('not-found', `the rule for ${rule.pattern} has ended already`);
      }
      const written = appendAudit(db, {
        at,
        actor: actor.name,
        action: 'rule.end',
        subject: `${group.name} ${rule.pattern}`,
        before: { rule: id, action: rule.action, types: rule.types, expiresAt: rule.expiresAt ?? null },
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { waiting: askAgain(db, [rule], at), entry: written };
    });
    deps.news.tell({ kind: 'denials-moved', ids: waiting });

    const effect = await takeEffect(deps, { group: group.name, rule: id });
    return { rule: getRule(db, id), effect, entry };
  };
}
