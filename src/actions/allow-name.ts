import { KnownError } from '../base/errors.ts';
import { formatPattern, patternMatches } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import { type AddedRule, addRule, type Rule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { decideCovered } from './decide-covered.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { type Effect, takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';
import { assertForRules } from './plex-direct.ts';
import { parseRulePattern } from './rule-pattern.ts';

export interface RuleInput {
  readonly group: string;
  readonly pattern: string;
  /** '15m', '7d', 'always'. */
  readonly for?: string | undefined;
  /** Milliseconds since 1970; at most one of for and until. */
  readonly until?: number | undefined;
  readonly note?: string | undefined;
  /** A and AAAA unless more is asked for: every other type is a way to carry data out. */
  readonly types?: readonly string[] | undefined;
  readonly warm?: Rule['warm'] | undefined;
  readonly private?: boolean | undefined;
}

export interface RuleChange {
  readonly rule: Rule;
  readonly outcome: AddedRule['outcome'];
  readonly effect: Effect;
  /** What of the audit takes it back. */
  readonly entry: number;
}

/** Allows a pattern in a group, for a while or for good; in force for the next query when this resolves. */
export function allowName(deps: ActionDeps) {
  return (input: RuleInput, actor: Actor): Promise<RuleChange> => addByPerson(deps, 'allow', input, actor);
}

/** Denies a pattern in a group; what only it had opened is closed. */
export function denyName(deps: ActionDeps) {
  return (input: RuleInput, actor: Actor): Promise<RuleChange> => addByPerson(deps, 'deny', input, actor);
}

async function addByPerson(
  deps: ActionDeps,
  action: Rule['action'],
  input: RuleInput,
  actor: Actor,
): Promise<RuleChange> {
  const { db, clock } = deps;
  const group = findGroup(db, input.group);
  const pattern = parseRulePattern(input.pattern);
  if (action === 'allow') assertForRules(pattern, group.name);
  const now = clock.now();
  const expiresAt = expiryOf(input, now);

  const { decided, ...added } = db.transaction(() => {
    const result = addRule(db, {
      groupId: group.id,
      action,
      pattern: formatPattern(pattern),
      origin: 'person',
      createdAt: now,
      createdBy: actor.name,
      note: input.note ?? '',
      warm: input.warm ?? 'auto',
      private: input.private ?? false,
      ...(input.types === undefined ? {} : { types: input.types.map((type) => type.toUpperCase()) }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
    const covered = decideCovered(db, result.rule, pattern, { at: now, by: actor.name });
    const entry = appendAudit(db, {
      at: now,
      actor: actor.name,
      action: `rule.${action}`,
      subject: `${group.name} ${result.rule.pattern}`,
      ...(result.before === undefined ? {} : { before: { expiresAt: result.before.expiresAt ?? null } }),
      after: { rule: result.rule.id, types: result.rule.types, expiresAt: result.rule.expiresAt ?? null },
      note: input.note ?? '',
      origin: actor.origin,
      reverts: actor.reverts,
    });
    return { ...result, decided: covered, entry };
  });
  deps.news.tell({ kind: 'denials-moved', ids: decided });

  const effect = await takeEffect(deps, {
    group: group.name,
    rule: added.rule.id,
    covers: (name) => patternMatches(pattern, name),
  });
  return { ...added, effect };
}

/** When a rule that is made now ends; undefined when it stays. */
export function expiryOf(input: Pick<RuleInput, 'for' | 'until'>, now: number): number | undefined {
  if (input.for !== undefined) return input.for === 'always' ? undefined : now + parseDuration(input.for);
  if (input.until !== undefined && input.until <= now) {
    throw new KnownError(
      'invalid-input',
      `the rule would end in the past: ${new Date(input.until).toISOString()}`,
      { hint: 'Give a moment in the future, or `for` with a duration such as 24h.' },
    );
  }
  return input.until;
}
