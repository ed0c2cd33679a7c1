/** What a group has of the catalog: taken at one version, and as it was then until somebody takes another. */
import type { TakenRule } from '../../catalog/changes.ts';
import { type Catalog, findPreset } from '../../catalog/load.ts';
import { rulesOf } from '../../catalog/rules.ts';
import type { Group } from '../../store/groups.ts';
import type { MainDb } from '../../store/open.ts';
import { beginTaking, endTaking, findTaking, type Taking, takings } from '../../store/preset-takings.ts';
import type { Rule } from '../../store/rules.ts';
import { settleRules } from './settle.ts';

interface At {
  readonly groupId: number;
  readonly at: number;
  readonly by: string;
}

export interface Taken {
  readonly before: Taking | undefined;
  readonly taking: Taking;
  /** Rules that were made. */
  readonly rules: readonly Rule[];
}

/** Takes a preset as the catalog has it, or as it was in an earlier taking. Throws not-found for an unknown preset. */
export function takePreset(
  db: MainDb,
  catalog: Catalog,
  { groupId, preset, at, by, like }: At & { readonly preset: string; readonly like?: Taking | undefined },
): Taken {
  const { version, rules } = like ?? offerOf(catalog, preset);
  return db.transaction(() => {
    const before = findTaking(db, { groupId, preset });
    const made = settleRules(db, { groupId, preset, from: before?.rules ?? [], to: rules, at, by, like });
    return {
      before,
      taking: beginTaking(db, { groupId, preset, version, rules, takenAt: at, takenBy: by }),
      rules: made,
    };
  });
}

export function leavePreset(
  db: MainDb,
  { preset, ...where }: At & { readonly preset: string },
): Taking | undefined {
  return db.transaction(() => {
    const before = findTaking(db, { groupId: where.groupId, preset });
    settleRules(db, { ...where, preset, from: before?.rules ?? [], to: [] });
    endTaking(db, { ...where, preset });
    return before;
  });
}

/** Takes the presets the group's list names and it has not taken, and leaves the others; those it has taken stay as they were. */
export function followPresets(
  db: MainDb,
  catalog: Catalog,
  { group, at, by }: { readonly group: Group; readonly at: number; readonly by: string },
): void {
  const groupId = group.id;
  const taken = takings(db, groupId).map(({ preset }) => preset);
  for (const preset of taken)
    if (!group.presets.includes(preset)) leavePreset(db, { groupId, preset, at, by });
  for (const preset of group.presets)
    if (!taken.includes(preset)) takePreset(db, catalog, { groupId, preset, at, by });
}

export function offerOf(
  catalog: Catalog,
  id: string,
): { readonly version: string; readonly rules: readonly TakenRule[] } {
  const preset = findPreset(catalog, id);
  return { version: preset.version, rules: rulesOf(preset) };
}
