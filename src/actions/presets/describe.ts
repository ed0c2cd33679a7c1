/** How a group stands to a preset it has taken. */
import {
  changesBetween,
  isAnotherRule,
  isNothing,
  type PresetChanges,
  type TakenRule,
} from '../../catalog/changes.ts';
import type { Catalog } from '../../catalog/load.ts';
import { rulesOf } from '../../catalog/rules.ts';
import { allGroupNames } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { type Taking, takings } from '../../store/preset-takings.ts';
import type { Rule } from '../../store/rules.ts';
import { presetRules } from './settle.ts';

export interface GroupPreset {
  readonly group: string;
  readonly preset: string;
  /** '' where presets had none yet. */
  readonly version: string;
  readonly takenAt: number;
  readonly takenBy: string;
  /** What the catalog has by now that the group has not taken; absent: nothing. */
  readonly update?: PresetChanges & { readonly from: string; readonly to: string };
  /** What somebody did to its rules: an update leaves that alone. */
  readonly yours: readonly OwnEdit[];
  /** The catalog has it no more; its rules stay until it is left. */
  readonly withdrawn: boolean;
}

/** ended: the rule is not in force any more. changed: it has another end or note than the preset gave it. */
export interface OwnEdit {
  readonly pattern: string;
  readonly what: 'ended' | 'changed';
  /** Of a changed one; absent: it has no end. */
  readonly until?: number;
}

/** Of all groups, or of one. */
export function groupPresets(
  { db, catalog, now }: { readonly db: MainDb; readonly catalog: Catalog; readonly now: number },
  groupId?: number,
): readonly GroupPreset[] {
  const names = allGroupNames(db);
  return takings(db, groupId).map((taking) => {
    const { preset, version, takenAt, takenBy } = taking;
    const offered = catalog.presets.get(preset);
    const changes = offered === undefined ? undefined : changesBetween(taking.rules, rulesOf(offered));
    return {
      group: names.get(taking.groupId) ?? String(taking.groupId),
      preset,
      version,
      takenAt,
      takenBy,
      ...(offered === undefined || changes === undefined || isNothing(changes)
        ? {}
        : { update: { ...changes, from: version, to: offered.version } }),
      yours: editsOf(taking, presetRules(db, { groupId: taking.groupId, preset, at: now })),
      withdrawn: offered === undefined,
    };
  });
}

function editsOf({ rules }: Taking, inForce: ReadonlyMap<string, readonly Rule[]>): readonly OwnEdit[] {
  return rules.flatMap((taken): readonly OwnEdit[] => {
    const { pattern } = taken;
    const [rule] = inForce.get(pattern) ?? [];
    if (rule === undefined) return [{ pattern, what: 'ended' }];
    if (!isEdited(rule, taken)) return [];
    return [{ pattern, what: 'changed', ...(rule.expiresAt === undefined ? {} : { until: rule.expiresAt }) }];
  });
}

function isEdited(rule: Rule, taken: TakenRule): boolean {
  return (
    isAnotherRule(rule, taken) ||
    rule.note !== taken.note ||
    rule.warm !== 'auto' ||
    rule.private ||
    rule.expiresAt !== undefined
  );
}
