/** Rules as they were made and ended. Rows are never deleted while history names them. */
import type { Selectable } from 'kysely';
import { KnownError } from '../base/errors.ts';
import type { Build } from './db.ts';
import type { MainDb } from './open.ts';
import type { MainSchema, RulesTable } from './schema.ts';
import { fromFlag, type Page, pageOf, splitList, toFlag } from './values.ts';

export interface Rule {
  readonly id: number;
  readonly groupId: number;
  readonly action: 'allow' | 'deny';
  /** name | *.name | .name, lower-cased. */
  readonly pattern: string;
  /** Record types answered, in order; A and AAAA unless the rule says otherwise. */
  readonly types: readonly string[];
  readonly note: string;
  readonly private: boolean;
  readonly warm: 'auto' | 'always' | 'never';
  readonly origin: 'person' | 'catalog' | 'learn' | 'file';
  readonly preset: string | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  /** Where in which file it is written. */
  readonly place?: string | undefined;
}

export type NewRule = Pick<Rule, 'groupId' | 'action' | 'pattern' | 'origin' | 'createdAt' | 'createdBy'> &
  Partial<Pick<Rule, 'types' | 'note' | 'private' | 'warm' | 'preset' | 'expiresAt' | 'place'>>;

export interface AddedRule {
  readonly rule: Rule;
  /** new: a row was made. extended: one in force now lasts longer. unchanged: one in force says it all. */
  readonly outcome: 'new' | 'extended' | 'unchanged';
  /** Of an extended one: as it was. */
  readonly before?: Rule;
}

/**
 * Adds a rule; one in force that says the same is extended or returned instead.
 *
 *   in force \ new | permanent           temporary
 *   permanent      | unchanged           unchanged; new where a deny of the same pattern is in force,
 *                  |                     because only a person's temporary rule wins over that
 *   temporary      | made permanent      the later end
 */
export function addRule(db: MainDb, rule: NewRule): AddedRule {
  return db.transaction(() => {
    const { expiresAt } = rule;
    const same = findSameRule(db, rule);
    if (same === undefined) return { rule: insertRule(db, rule), outcome: 'new' };
    if (same.expiresAt === undefined && expiresAt !== undefined && isDenied(db, rule)) {
      return { rule: insertRule(db, rule), outcome: 'new' };
    }
    if (same.expiresAt === undefined || (expiresAt !== undefined && expiresAt <= same.expiresAt)) {
      return { rule: same, outcome: 'unchanged' };
    }
    db.run(
      db.query
        .updateTable('rules')
        .set({ expires_at: expiresAt ?? null })
        .where('id', '=', same.id),
    );
    return { rule: getRule(db, same.id), outcome: 'extended', before: same };
  });
}

/** Throws not-found; an ended rule is found. */
export function getRule(db: MainDb, id: number): Rule {
  const row = db.prepare(RULE_BY_ID).first({ id });
  if (row === undefined) throw new KnownError('not-found', `rule ${id}`);
  return fromRow(row);
}

const RULE_BY_ID: Build<MainSchema, { id: number }, Selectable<RulesTable>> = (value, query) =>
  query.selectFrom('rules').selectAll().where('id', '=', value('id'));

/** What policy is compiled from. Rules past their expiry are not in force, ended or not. */
export function rulesInForce(db: MainDb, now: number, groupId?: number): readonly Rule[] {
  let query = inForce(db, now).orderBy('id');
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  return db.all(query).map(fromRow);
}

/** By their numbers, both included; ended ones too. */
export function rulesBetween(db: MainDb, first: number, last: number): readonly Rule[] {
  return db
    .all(
      db.query.selectFrom('rules').selectAll().where('id', '>=', first).where('id', '<=', last).orderBy('id'),
    )
    .map(fromRow);
}

/** Rules that a preset brought and that ended at this moment. */
export function presetRulesEndedAt(
  db: MainDb,
  { groupId, preset, at }: { readonly groupId: number; readonly preset: string; readonly at: number },
): readonly Rule[] {
  return db
    .all(
      db.query
        .selectFrom('rules')
        .selectAll()
        .where('group_id', '=', groupId)
        .where('preset', '=', preset)
        .where('origin', '=', 'catalog')
        .where('ended_at', '=', at),
    )
    .map(fromRow);
}

/** What was in force at a moment of the past. A rule that was extended since counts with its later end. */
export function rulesInForceAt(db: MainDb, at: number, groupId: number): readonly Rule[] {
  return db
    .all(
      db.query
        .selectFrom('rules')
        .selectAll()
        .where('group_id', '=', groupId)
        .where('created_at', '<=', at)
        .where((e) => e.or([e('ended_at', 'is', null), e('ended_at', '>', at)]))
        .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', at)]))
        .orderBy('id'),
    )
    .map(fromRow);
}

/** What people allowed or refused for a while since then, ended or not, oldest first. */
export function temporaryRulesSince(db: MainDb, groupId: number, since: number): readonly Rule[] {
  return db
    .all(
      db.query
        .selectFrom('rules')
        .selectAll()
        .where('group_id', '=', groupId)
        .where('created_at', '>=', since)
        .where('origin', '=', 'person')
        .where('expires_at', 'is not', null)
        .orderBy('id'),
    )
    .map(fromRow);
}

/** Rules that have an end, or had one when they ended. */
export function temporaryRuleIds(db: MainDb): ReadonlySet<number> {
  const rows = db.all(db.query.selectFrom('rules').select('id').where('expires_at', 'is not', null));
  return new Set(rows.map(({ id }) => id));
}

/** Newest first, ended ones too. */
export function listRules(
  db: MainDb,
  { groupId, cursor, limit }: { readonly groupId?: number; readonly cursor?: number; readonly limit: number },
): Page<Rule> {
  let query = db.query
    .selectFrom('rules')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (groupId !== undefined) query = query.where('group_id', '=', groupId);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  return pageOf(db.all(query).map(fromRow), limit);
}

/** Changes what a person may change without making another rule of it; expiresAt: undefined makes it permanent. Throws not-found. */
export function updateRule(
  db: MainDb,
  id: number,
  change: Partial<Pick<Rule, 'note' | 'warm' | 'expiresAt' | 'origin' | 'place'>>,
): Rule {
  return db.transaction(() => {
    getRule(db, id);
    const set = {
      ...(change.note === undefined ? {} : { note: change.note }),
      ...(change.warm === undefined ? {} : { warm: change.warm }),
      ...('expiresAt' in change ? { expires_at: change.expiresAt ?? null } : {}),
      ...(change.origin === undefined ? {} : { origin: change.origin }),
      ...('place' in change ? { place: change.place ?? null } : {}),
    };
    if (Object.keys(set).length > 0) db.run(db.query.updateTable('rules').set(set).where('id', '=', id));
    return getRule(db, id);
  });
}

/** True when this call ended it, false when it had ended before. Throws not-found. */
export function endRule(
  db: MainDb,
  id: number,
  { at, by }: { readonly at: number; readonly by: string },
): boolean {
  getRule(db, id);
  return (
    db.run(
      db.query
        .updateTable('rules')
        .set({ ended_at: at, ended_by: by })
        .where('id', '=', id)
        .where('ended_at', 'is', null),
    ) === 1
  );
}

/** Ends temporary rules whose time has come, at their own end, and returns them. */
export function expireDueRules(db: MainDb, now: number): readonly Rule[] {
  return db
    .all(
      db.query
        .updateTable('rules')
        .set((e) => ({ ended_at: e.ref('expires_at'), ended_by: 'expiry' }))
        .where('ended_at', 'is', null)
        .where('expires_at', '<=', now)
        .returningAll(),
    )
    .map(fromRow);
}

/** When the next temporary rule ends; undefined when none is in force. */
export function nextRuleExpiry(db: MainDb): number | undefined {
  const row = db.first(
    db.query
      .selectFrom('rules')
      .select((e) => e.fn.min('expires_at').as('next'))
      .where('ended_at', 'is', null),
  );
  return row?.next ?? undefined;
}

function inForce(db: MainDb, now: number) {
  return db.query
    .selectFrom('rules')
    .selectAll()
    .where('ended_at', 'is', null)
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', now)]));
}

/** The rule in force that says the same; undefined: none does. */
function findSameRule(db: MainDb, rule: NewRule): Rule | undefined {
  const types = typesToSql(rule.types);
  const row = db.first(
    inForce(db, rule.createdAt)
      .where('group_id', '=', rule.groupId)
      .where('action', '=', rule.action)
      .where('pattern', '=', rule.pattern)
      .where('origin', '=', rule.origin)
      .where('private', '=', toFlag(rule.private ?? false))
      .where('preset', 'is', rule.preset ?? null)
      .where('types', 'is', types)
      // A permanent one says more than a temporary one.
      .orderBy((e) => e.fn.coalesce('expires_at', e.lit(Number.MAX_SAFE_INTEGER)), 'desc'),
  );
  return row && fromRow(row);
}

/** The rule in force that says the same until somebody ends it, whoever made it; undefined: none does. */
export function findStandingRule(
  db: MainDb,
  { groupId, action, pattern }: Pick<Rule, 'groupId' | 'action' | 'pattern'>,
): Rule | undefined {
  const row = db.first(
    db.query
      .selectFrom('rules')
      .selectAll()
      .where('ended_at', 'is', null)
      .where('expires_at', 'is', null)
      .where('group_id', '=', groupId)
      .where('action', '=', action)
      .where('pattern', '=', pattern)
      .where('types', 'is', null)
      .orderBy('id'),
  );
  return row && fromRow(row);
}

function isDenied(db: MainDb, rule: NewRule): boolean {
  const row = db.first(
    inForce(db, rule.createdAt)
      .where('group_id', '=', rule.groupId)
      .where('action', '=', 'deny')
      .where('pattern', '=', rule.pattern),
  );
  return rule.action === 'allow' && row !== undefined;
}

/** A row of its own, whatever else says the same; `addRule` extends that instead. */
export function insertRule(db: MainDb, rule: NewRule): Rule {
  const row = db.first(
    db.query
      .insertInto('rules')
      .values({
        group_id: rule.groupId,
        action: rule.action,
        pattern: rule.pattern,
        types: typesToSql(rule.types),
        note: rule.note ?? '',
        private: toFlag(rule.private ?? false),
        warm: rule.warm ?? 'auto',
        origin: rule.origin,
        preset: rule.preset ?? null,
        created_at: rule.createdAt,
        created_by: rule.createdBy,
        expires_at: rule.expiresAt ?? null,
        place: rule.place ?? null,
      })
      .returningAll(),
  );
  if (row === undefined) throw new Error(`rule ${rule.pattern} was not written`);
  return fromRow(row);
}

const DEFAULT_TYPES: readonly string[] = ['A', 'AAAA'];

function typesToSql(types: readonly string[] | undefined): string | null {
  const text = [...new Set(types ?? DEFAULT_TYPES)].sort().join(',');
  return text === DEFAULT_TYPES.join(',') ? null : text;
}

function fromRow(row: Selectable<RulesTable>): Rule {
  return {
    id: row.id,
    groupId: row.group_id,
    action: row.action,
    pattern: row.pattern,
    types: row.types === null ? DEFAULT_TYPES : splitList(row.types, ','),
    note: row.note,
    private: fromFlag(row.private),
    warm: row.warm,
    origin: row.origin,
    preset: row.preset ?? undefined,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    endedBy: row.ended_by ?? undefined,
    ...(row.place === null ? {} : { place: row.place }),
  };
}
