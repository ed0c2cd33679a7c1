import { KnownError } from '../base/errors.ts';
import { type ImportEntry, MAX_ENTRIES } from '../config/import/entry.ts';
import { formatPattern } from '../policy/pattern.ts';
import { type AuditEntry, appendAudit, getAuditEntry } from '../store/audit.ts';
import { getGroup } from '../store/groups.ts';
import {
  endRule,
  findStandingRule,
  insertRule,
  type NewRule,
  type Rule,
  rulesBetween,
} from '../store/rules.ts';
import type { Actor } from './actor.ts';
import { decideCoveredByAny } from './decide-covered.ts';
import type { ActionDeps } from './deps.ts';
import { type Effect, takeEffect } from './effect.ts';
import { findGroup } from './find-group.ts';
import { parseRulePattern } from './rule-pattern.ts';
import { askAgain } from './wait-again.ts';

export interface ImportInput {
  readonly group: string;
  /** What the list is called: a file name. */
  readonly source: string;
  readonly entries: readonly ImportEntry[];
  /** Only says what it would do. */
  readonly dryRun: boolean;
}

export interface RulesImported {
  readonly added: readonly ImportEntry[];
  /** A rule without an end says it already. */
  readonly existing: readonly (ImportEntry & { readonly rule: number })[];
  /** The audit entry by which it can be undone; absent when nothing was added. */
  readonly entry?: number;
  readonly effect?: Effect;
}

/** Rules from somewhere else, all or none, with one entry in the audit; undone by that entry's number. */
export function importRules(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (input: ImportInput, actor: Actor): Promise<RulesImported> => {
    const { group: name, source, dryRun } = input;
    const group = findGroup(db, name);
    if (input.entries.length > MAX_ENTRIES)
      throw new KnownError('invalid-input', `more than ${MAX_ENTRIES} names in one import`);
    const wanted = new Map<string, ImportEntry>();
    for (const entry of input.entries) {
      const pattern = formatPattern(parseRulePattern(entry.pattern));
      const key = `${entry.action} ${pattern}`;
      if (!wanted.has(key)) wanted.set(key, { ...entry, pattern });
    }
    const now = clock.now();
    const ruleOf = ({ action, pattern, note }: ImportEntry): NewRule => ({
      groupId: group.id,
      action,
      pattern,
      note,
      origin: 'person',
      createdAt: now,
      createdBy: actor.name,
    });
    const shown = ({ action, pattern, note }: ImportEntry): ImportEntry => ({ action, pattern, note });
    const known = [...wanted.values()].map((entry) => ({
      entry,
      same: findStandingRule(db, { ...entry, groupId: group.id }),
    }));
    const existing = known.flatMap(({ entry, same }) =>
      same === undefined ? [] : [{ ...shown(entry), rule: same.id }],
    );
    const fresh = known.filter(({ same }) => same === undefined).map(({ entry }) => entry);
    const added = fresh.map(shown);
    if (dryRun || fresh.length === 0) return { added, existing };

    const { entry, decided } = db.transaction(() => {
      const rules = fresh.map((one) => insertRule(db, ruleOf(one)));
      const ids = rules.map(({ id }) => id);
      const covered = decideCoveredByAny(db, group.id, rules, { at: now, by: actor.name });
      const written = appendAudit(db, {
        at: now,
        actor: actor.name,
        action: 'rule.import',
        subject: group.name,
        // Made in one transaction, their numbers follow each other.
        after: { source, count: ids.length, firstRule: ids[0] ?? 0, lastRule: ids.at(-1) ?? 0 },
        origin: actor.origin,
      });
      return { entry: written, decided: covered };
    });
    deps.news.tell({ kind: 'denials-moved', ids: decided });
    return { added, existing, entry, effect: await takeEffect(deps, { group: group.name }) };
  };
}

export interface ImportUndone {
  readonly rules: readonly Rule[];
  readonly effect: Effect;
}

/** Ends what is left in force of an import; what only it had opened closes at once. */
export function undoImport(deps: ActionDeps) {
  const { db, clock } = deps;
  return async (entryId: number, actor: Actor): Promise<ImportUndone> => {
    const entry = getAuditEntry(db, entryId);
    if (entry.action !== 'rule.import') {
      throw new KnownError('not-found', `audit entry ${entryId} is no import`, {
        hint: '`sallyport audit` lists them as rule.import.',
      });
    }
    const rules = leftOfImport(db, entry);
    if (rules.length === 0)
      throw new KnownError('not-found', `nothing of import ${entryId} is in force any more`);
    const group = getGroup(db, rules[0]?.groupId ?? 0);
    const waiting = db.transaction(() => {
      const at = clock.now();
      for (const { id } of rules) endRule(db, id, { at, by: actor.name });
      appendAudit(db, {
        at,
        actor: actor.name,
        action: 'rule.import-undo',
        subject: group.name,
        before: { entry: entryId, count: rules.length },
        origin: actor.origin,
        reverts: entryId,
      });
      return askAgain(db, rules, at);
    });
    deps.news.tell({ kind: 'denials-moved', ids: waiting });
    return { rules, effect: await takeEffect(deps, { group: group.name }) };
  };
}

/** The rules of an import that are still in force; what a file has taken over since is the file's. */
export function leftOfImport(db: ActionDeps['db'], { after }: Pick<AuditEntry, 'after'>): readonly Rule[] {
  const { firstRule, lastRule } = after as unknown as ImportedRange;
  return rulesBetween(db, firstRule, lastRule).filter(
    ({ endedAt, origin }) => endedAt === undefined && origin === 'person',
  );
}

/** What an entry `rule.import` says of what was written. */
interface ImportedRange {
  readonly firstRule: number;
  readonly lastRule: number;
}
