/** Brings the rules of a preset in a group from what was taken to what is taken now. What a person did to them stays. */
import { isAnotherRule, type TakenRule } from '../../catalog/changes.ts';
import type { MainDb } from '../../store/open.ts';
import type { Taking } from '../../store/preset-takings.ts';
import {
  addRule,
  endRule,
  presetRulesEndedAt,
  type Rule,
  rulesInForce,
  updateRule,
} from '../../store/rules.ts';

export interface Settling {
  readonly groupId: number;
  readonly preset: string;
  readonly from: readonly TakenRule[];
  readonly to: readonly TakenRule[];
  readonly at: number;
  readonly by: string;
  /** Goes back to this taking: a rule that it had lost by then is not made again, and one that ended with it is as it was. */
  readonly like?: Taking | undefined;
}

/**
 *   from \ to          | only new | as before   | changed                           | gone
 *   in force           |          | left alone  | changed; its end and note stay    | ended
 *   ended by a person  |          | stays ended | stays ended                       |
 *   (not there before) | made     |             |                                   |
 *
 * Returns the rules that were made.
 */
export function settleRules(db: MainDb, settling: Settling): readonly Rule[] {
  const { groupId, preset, from, to, at, by } = settling;
  const inForce = presetRules(db, settling);
  const before = new Map(from.map((rule) => [rule.pattern, rule]));
  const wanted = new Set(to.map(({ pattern }) => pattern));
  const former = formerRules(db, settling);

  for (const { pattern } of from)
    if (!wanted.has(pattern)) for (const rule of inForce.get(pattern) ?? []) endRule(db, rule.id, { at, by });

  return to.flatMap((rule) => {
    const was = before.get(rule.pattern);
    if (was !== undefined)
      return (inForce.get(rule.pattern) ?? []).flatMap((one) => follow(db, settling, { one, was, rule }));
    const lost = former?.get(rule.pattern);
    if (former !== undefined && lost === undefined) return [];
    return addRule(db, {
      ...rule,
      groupId,
      preset,
      origin: 'catalog',
      createdAt: at,
      createdBy: by,
      ...(lost === undefined
        ? {}
        : { note: lost.note, warm: lost.warm, private: lost.private, expiresAt: lost.expiresAt }),
    }).rule;
  });
}

/** The rules in force that a preset brought, by their pattern. */
export function presetRules(
  db: MainDb,
  { groupId, preset, at }: Pick<Settling, 'groupId' | 'preset' | 'at'>,
): ReadonlyMap<string, readonly Rule[]> {
  const own = rulesInForce(db, at, groupId).filter(
    (rule) => rule.origin === 'catalog' && rule.preset === preset,
  );
  return Map.groupBy(own, ({ pattern }) => pattern);
}

function follow(
  db: MainDb,
  { at, by }: Settling,
  { one, was, rule }: { readonly one: Rule; readonly was: TakenRule; readonly rule: TakenRule },
): readonly Rule[] {
  const note = one.note === was.note ? rule.note : one.note;
  if (!isAnotherRule(one, rule)) {
    if (note !== one.note) updateRule(db, one.id, { note });
    return [];
  }
  endRule(db, one.id, { at, by });
  const { groupId, preset, origin, warm, private: isPrivate, expiresAt } = one;
  const { action, pattern, types } = rule;
  return [
    addRule(db, {
      groupId,
      preset,
      origin,
      action,
      pattern,
      types,
      note,
      warm,
      private: isPrivate,
      expiresAt,
      createdAt: at,
      createdBy: by,
    }).rule,
  ];
}

function formerRules(db: MainDb, { groupId, preset, like }: Settling): ReadonlyMap<string, Rule> | undefined {
  if (like?.endedAt === undefined) return undefined;
  const ended = presetRulesEndedAt(db, { groupId, preset, at: like.endedAt });
  return new Map(ended.map((rule) => [rule.pattern, rule]));
}
