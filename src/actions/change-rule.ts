import { KnownError } from '../base/errors.ts';
import { parsePattern, patternMatches } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import { getGroup } from '../store/groups.ts';
import { getRule, type Rule, updateRule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { expiryOf } from './allow-name.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { assertOurs } from './managed-by-file.ts';

export interface RuleChangeInput {
  readonly id: number;
  /** '24h' from now, or 'always'. */
  readonly for?: string | undefined;
  /** Milliseconds since 1970; at most one of for and until. */
  readonly until?: number | undefined;
  readonly note?: string | undefined;
  readonly warm?: Rule['warm'] | undefined;
}

/** Another end or note for a rule in force; what it allows or denies stays. */
export function changeRule(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (
    input: RuleChangeInput,
    actor: Actor,
  ): Promise<{ readonly rule: Rule; readonly effect: Effect; readonly entry: number }> => {
    const now = clock.now();
    const before = getRule(db, input.id);
    const group = getGroup(db, before.groupId);
    assertOurs(deps, before, `the rule for ${before.pattern}`);
    if (!isInForce(before, now)) {
      throw new KnownError('not-found', `the rule for ${before.pattern} has ended already`);
    }
    const changesEnd = input.for !== undefined || input.until !== undefined;
    const change = {
      ...(input.note === undefined ? {} : { note: input.note }),
      ...(input.warm === undefined ? {} : { warm: input.warm }),
      ...(changesEnd ? { expiresAt: expiryOf(input, now) } : {}),
    };
    const { rule, entry } = db.transaction(() => {
      const after = updateRule(db, input.id, change);
      const written = appendAudit(db, {
        at: now,
        actor: actor.name,
        action: 'rule.change',
        subject: `${group.name} ${before.pattern}`,
        before: recorded(before),
        after: recorded(after),
        note: after.note,
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { rule: after, entry: written };
    });
    const pattern = parsePattern(rule.pattern);
    const effect = await takeEffect(deps, {
      group: group.name,
      rule: rule.id,
      covers: (name) => patternMatches(pattern, name),
    });
    return { rule, effect, entry };
  };
}

export function isInForce({ endedAt, expiresAt }: Pick<Rule, 'endedAt' | 'expiresAt'>, now: number): boolean {
  return endedAt === undefined && (expiresAt ?? Number.POSITIVE_INFINITY) > now;
}

function recorded({ id, expiresAt, note, warm }: Rule) {
  return { rule: id, expiresAt: expiresAt ?? null, note, warm };
}
