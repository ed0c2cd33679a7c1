import { formatDomainName } from '../base/domain-name.ts';
import { KnownError } from '../base/errors.ts';
import { patternMatches } from '../policy/pattern.ts';
import { appendAudit } from '../store/audit.ts';
import { type Denial, decideDenial, getDenial } from '../store/denials.ts';
import { getGroup } from '../store/groups.ts';
import { addRule, type Rule } from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { decideCovered } from './decide-covered.ts';
import type { ActionDeps } from './deps.ts';
import { parseDuration } from './duration.ts';
import { type Effect, takeEffect } from './effect.ts';
import { assertForRules } from './plex-direct.ts';
import { parseRulePattern } from './rule-pattern.ts';

export interface ApproveDenialInput {
  readonly id: number;
  /** '15m', '1h', '24h', '7d' or 'always'. */
  readonly for: string;
  /** subtree: the name and everything below it. */
  readonly scope: 'exact' | 'subtree';
  readonly note: string;
  /** A and AAAA when left out. */
  readonly types?: readonly string[] | undefined;
}

export interface Approval {
  readonly denial: Denial;
  readonly rule: Rule;
  readonly effect: Effect;
  /** What of the audit takes it back. */
  readonly entry: number;
}

/** Allows a refused name; when this resolves, the next query for it is answered. Two people cannot both decide. */
export function approveDenial(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: ApproveDenialInput, actor: Actor): Promise<Approval> => {
    const now = clock.now();
    const expiresAt = input.for === 'always' ? undefined : now + parseDuration(input.for);
    const denial = getDenial(db, input.id);
    const group = getGroup(db, denial.groupId);
    const name = formatDomainName(denial.name);
    const pattern = parseRulePattern(input.scope === 'subtree' ? `.${name}` : name);
    assertForRules(pattern, group.name);

    const { rule, decided, entry } = db.transaction(() => {
      if (!decideDenial(db, denial.id, { at: now, by: actor.name })) {
        throw new KnownError('denial-already-decided', `${name} was decided before`, {
          hint: `To allow it all the same: sallyport allow ${name} --group ${group.name}`,
        });
      }
      const added = addRule(db, {
        groupId: group.id,
        action: 'allow',
        pattern: input.scope === 'subtree' ? `.${name}` : name,
        origin: 'person',
        createdAt: now,
        createdBy: actor.name,
        note: input.note,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(input.types === undefined ? {} : { types: input.types.map((type) => type.toUpperCase()) }),
      });
      const covered = decideCovered(db, added.rule, pattern, { at: now, by: actor.name });
      const entry = appendAudit(db, {
        at: now,
        actor: actor.name,
        action: 'denial.allow',
        subject: `${group.name} ${name}`,
        ...(added.before === undefined ? {} : { before: { expiresAt: added.before.expiresAt ?? null } }),
        after: { rule: added.rule.id, pattern: added.rule.pattern, expiresAt: added.rule.expiresAt ?? null },
        note: input.note,
        origin: actor.origin,
        reverts: actor.reverts,
      });
      return { rule: added.rule, decided: [denial.id, ...covered], entry };
    });
    deps.news.tell({ kind: 'denials-moved', ids: decided });

    const effect = await takeEffect(deps, {
      group: group.name,
      rule: rule.id,
      covers: (other) => patternMatches(pattern, other),
    });
    return { denial: getDenial(db, denial.id), rule, effect, entry };
  };
}
