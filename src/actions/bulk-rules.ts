/** Many rules at once: all or none, with one entry in the audit, which is taken back as one. */
import { KnownError } from '../base/errors.ts';
import { parsePattern, patternMatches } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import { getGroup } from '../store/groups.ts';
import { addRule, endRule, getRule, type Rule, updateRule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { isInForce } from './change-rule.ts';
import { decideCovered } from './decide-covered.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { assertOurs } from './managed-by-file.ts';
import { askAgain } from './wait-again.ts';

export interface RulesChanged {
  readonly rules: readonly Rule[];
  readonly effect: Effect;
  /** What of the audit takes it back, where something does. */
  readonly entry: number;
}

/** Rules of one request; a page of a list is a fraction of it. */
export const MAX_RULES_AT_ONCE = 1000;

/** Ends them now; the addresses only they justified close at once. */
export function endRules(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (ids: readonly number[], actor: Actor): Promise<RulesChanged> => {
    const before = chosenRules(deps, ids);
    const at = clock.now();
    const { waiting, entry } = db.transaction(() => {
      for (const { id } of before) endRule(db, id, { at, by: actor.name });
      const entered = appendAudit(db, {
        ...written(deps, before, actor),
        action: 'rule.end-many',
        before: { rules: before.map(({ id }) => id), patterns: before.map(({ pattern }) => pattern) },
      });
      return { waiting: askAgain(db, before, at), entry: entered };
    });
    deps.news.tell({ kind: 'denials-moved', ids: waiting });
    return changed(deps, before, entry);
  };
}

/** Gives each its end; null: none. */
export function setRuleEnds(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (
    ends: readonly { readonly rule: number; readonly expiresAt: number | null }[],
    actor: Actor,
  ): Promise<RulesChanged> => {
    const before = chosenRules(
      deps,
      ends.map(({ rule }) => rule),
    );
    const past = ends.find(({ expiresAt }) => expiresAt !== null && expiresAt <= clock.now());
    if (past !== undefined)
      throw new KnownError('invalid-input', `rule ${past.rule} would end in the past`, {
        hint: 'Give a moment in the future, or end the rules.',
      });
    const entry = db.transaction(() => {
      for (const { rule, expiresAt } of ends) updateRule(db, rule, { expiresAt: expiresAt ?? undefined });
      return appendAudit(db, {
        ...written(deps, before, actor),
        action: 'rule.extend-many',
        before: { ends: before.map(({ id, expiresAt }) => ({ rule: id, expiresAt: expiresAt ?? null })) },
        after: { ends: ends.map((one) => ({ ...one })) },
      });
    });
    return changed(deps, before, entry);
  };
}

/** Makes ended ones again, each for the time it would have had; what has run out by now is left out. */
export function makeRulesAgain(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (ids: readonly number[], actor: Actor): Promise<RulesChanged> => {
    const now = clock.now();
    const ended = ids
      .map((id) => getRule(db, id))
      .filter((rule) => (rule.expiresAt ?? Number.POSITIVE_INFINITY) > now);
    if (ended.length === 0)
      throw new KnownError('not-revertible', 'the rules would have ended by themselves by now');
    const { rules, decided, entry } = db.transaction(() => {
      const made = ended.map(
        ({ groupId, action, pattern, types, note, warm, private: isPrivate, expiresAt }) =>
          addRule(db, {
            ...{ groupId, action, pattern, types, note, warm, private: isPrivate },
            origin: 'person',
            createdAt: now,
            createdBy: actor.name,
            ...(expiresAt === undefined ? {} : { expiresAt }),
          }),
      );
      const covered = made.flatMap(({ rule }) =>
        decideCovered(db, rule, parsePattern(rule.pattern), { at: now, by: actor.name }),
      );
      const entered = appendAudit(db, {
        ...written(deps, ended, actor),
        action: 'rule.make-again',
        // Of one that somebody made anew meanwhile, nothing is to be taken back.
        after: { rules: made.flatMap(({ rule, outcome }) => (outcome === 'new' ? [rule.id] : [])) },
      });
      return { rules: made.map(({ rule }) => rule), decided: covered, entry: entered };
    });
    deps.news.tell({ kind: 'denials-moved', ids: decided });
    return changed(deps, rules, entry);
  };
}

/** In force, each once, and none of a file. */
export function chosenRules(
  deps: Pick<ActionDeps, 'db' | 'clock' | 'managedByFile'>,
  ids: readonly number[],
): readonly Rule[] {
  if (ids.length === 0 || ids.length > MAX_RULES_AT_ONCE)
    throw new KnownError('invalid-input', `${ids.length} rules at once; give 1 to ${MAX_RULES_AT_ONCE}`);
  const rules = [...new Set(ids)].map((id) => getRule(deps.db, id));
  for (const rule of rules) {
    assertOurs(deps, rule, `the rule for ${rule.pattern}`);
    if (!isInForce(rule, deps.clock.now()))
      throw new KnownError(
        'not-found',
        `rule ${rule.id} (${rule.pattern}) has ended already; none was changed`,
      );
  }
  return rules;
}

function written({ db, clock }: Pick<ActionDeps, 'db' | 'clock'>, rules: readonly Rule[], actor: Actor) {
  const groups = [...new Set(rules.map(({ groupId }) => getGroup(db, groupId).name))];
  return {
    at: clock.now(),
    actor: actor.name,
    subject: `${groups.join(', ')}: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`,
    origin: actor.origin,
    reverts: actor.reverts,
  };
}

async function changed(deps: ActionDeps, rules: readonly Rule[], entry: number): Promise<RulesChanged> {
  const [group, ...more] = new Set(rules.map(({ groupId }) => getGroup(deps.db, groupId).name));
  const patterns = rules.map(({ pattern }) => parsePattern(pattern));
  const effect = await takeEffect(deps, {
    ...(group === undefined || more.length > 0 ? {} : { group }),
    covers: (name) => patterns.some((pattern) => patternMatches(pattern, name)),
  });
  return { rules: rules.map(({ id }) => getRule(deps.db, id)), effect, entry };
}
