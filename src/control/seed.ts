/** What sallyport.yaml, and a first start without it, put into the database. */
import type { Actor } from '../actions/actor.ts';
import { formatPrefix, parsePrefix } from '../base/ip-address.ts';
import type { Catalog } from '../catalog/load.ts';
import { entriesFor } from '../catalog/rules.ts';
import { planChanges } from '../config/plan/plan.ts';
import { wantedGroups } from '../config/plan/state.ts';
import type { GroupConfig } from '../config/schema/groups.ts';
import { formatPattern } from '../policy/pattern.ts';
import { addGroup, type Group, listGroups } from '../store/groups.ts';
import type { MainDb } from '../store/open.ts';
import { addRule, endRule, type NewRule, type Rule, rulesInForce } from '../store/rules.ts';
import { applyPlan } from './configuration/apply-plan.ts';
import { currentGroups } from './configuration/current-groups.ts';

export interface SeedInput {
  readonly db: MainDb;
  readonly now: number;
  /** Undefined: the configuration names no groups. */
  readonly groups: readonly GroupConfig[] | undefined;
  readonly file: 'off' | 'seed' | 'managed';
  readonly catalog: Catalog;
  /** Where in the file a path such as groups[0].rules[1] is written. */
  readonly placeOf?: (path: string) => string | undefined;
}

const AT_START: Actor = { name: 'file', origin: 'start' };

/** The group of a first start: this machine itself, to try things out. */
export const TRY_OUT_GROUP = 'this-machine';

/**
 * One transaction: a start either has the whole file in force or nothing of it. Returns what of the file has ended: that stops no
 * start, or a rule that ran out as it was meant to would leave the house without names after the next reboot.
 */
export function seedDatabase(input: SeedInput): readonly string[] {
  const { db, now, groups, file, catalog, placeOf = () => undefined } = input;
  return db.transaction(() => {
    const empty = listGroups(db).length === 0;
    if (groups !== undefined && (file === 'managed' || (file === 'seed' && empty))) {
      const wanted = wantedGroups(groups, { now, placeOf });
      applyPlan({ db, now, actor: AT_START }, planChanges(currentGroups(db, now), wanted));
      applyAllPresets({ db, now, catalog });
      return groups.flatMap((group) => endedIn(group, now));
    }
    if (empty) {
      const group = addGroup(db, {
        name: TRY_OUT_GROUP,
        clients: ['127.0.0.0/8', '::1'].map(parsePrefix),
        origin: 'default',
        createdAt: now,
        presets: ['plex-core'],
      });
      applyPresets({ db, now, catalog }, group);
    } else applyAllPresets({ db, now, catalog });
    return [];
  });
}

/** What of a group's file has ended by its own `until`, in whole sentences. */
export function endedIn({ name, rules, pins }: GroupConfig, now: number): readonly string[] {
  const ended = (what: string, until: number | undefined, isNot: string) =>
    until === undefined || until > now
      ? []
      : [`groups ${name}: ${what} ended ${new Date(until).toISOString()} and is not ${isNot}`];
  return [
    ...rules.flatMap(({ pattern, until }) =>
      ended(`the rule for ${formatPattern(pattern)}`, until, 'in force'),
    ),
    ...pins.flatMap(({ prefix, until }) => ended(`the address ${formatPrefix(prefix)}`, until, 'open')),
  ];
}

/** Also what a newer catalog changed in them. */
export function applyAllPresets(input: Pick<SeedInput, 'db' | 'now' | 'catalog'>): void {
  for (const group of listGroups(input.db)) applyPresets(input, group);
}

/** Puts the rules of the group's presets in force, and ends those of presets it no longer has. */
export function applyPresets(
  { db, now, catalog, by = 'catalog' }: Pick<SeedInput, 'db' | 'now' | 'catalog'> & { readonly by?: string },
  group: Group,
): void {
  const wanted = entriesFor(catalog, group.presets).map(
    (entry): NewRule => ({
      groupId: group.id,
      action: entry.action,
      pattern: entry.pattern,
      types: entry.types,
      note: entry.note,
      preset: entry.preset,
      origin: 'catalog',
      createdAt: now,
      createdBy: by,
    }),
  );
  reconcileRules(
    db,
    now,
    rulesInForce(db, now, group.id).filter((rule) => rule.origin === 'catalog'),
    wanted,
  );
}

function reconcileRules(db: MainDb, now: number, inForce: readonly Rule[], wanted: readonly NewRule[]): void {
  const wantedKeys = new Set(wanted.map(ruleKey));
  const knownKeys = new Set(inForce.map(ruleKey));
  for (const rule of inForce)
    if (!wantedKeys.has(ruleKey(rule))) endRule(db, rule.id, { at: now, by: rule.origin });
  for (const rule of wanted) if (!knownKeys.has(ruleKey(rule))) addRule(db, rule);
}

function ruleKey(rule: NewRule | Rule): string {
  const { action, pattern, types, note, private: isPrivate, warm, preset, expiresAt } = rule;
  return JSON.stringify([
    action,
    pattern,
    [...(types ?? ['A', 'AAAA'])].sort(),
    note ?? '',
    isPrivate ?? false,
    warm ?? 'auto',
    preset ?? null,
    expiresAt ?? null,
  ]);
}
